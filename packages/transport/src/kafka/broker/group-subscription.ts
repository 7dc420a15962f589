import { BrokerUnavailable, type SubscribeOptions, type Subscription } from '@assent/contract'
import { Deliveries, type HeldPartition, writeError } from '../delivery/index.ts'
import type { Library } from './library.ts'
import {
  CLOSE_STEP_MS,
  CLOSE_WAIT_MS,
  REJOIN_PAUSE_MAX_MS,
  REJOIN_PAUSE_MS,
  TELL_AGAIN_MS,
} from './limits.ts'
import { Membership } from './membership.ts'
import type { KafkaBrokerOptions } from './options.ts'
import { Pause } from './pause.ts'
import { Reminder } from './reminder.ts'
import { within } from './within.ts'

/** A member of a group for as long as it is open: whenever the group is lost it is joined again. */
export class GroupSubscription implements Subscription {
  readonly #library: Promise<Library>
  readonly #broker: KafkaBrokerOptions
  readonly #options: SubscribeOptions
  readonly #deliveries: Deliveries
  readonly #pause = new Pause(REJOIN_PAUSE_MS, REJOIN_PAUSE_MAX_MS)
  readonly #reminder = new Reminder(TELL_AGAIN_MS)
  readonly #onClose: () => void
  readonly #running: Promise<void>
  #membership: Membership | undefined
  #failures = 0
  #isClosed = false
  #closing: Promise<void> | undefined

  /** `onClose` is called once it is closed. */
  constructor(
    library: Promise<Library>,
    broker: KafkaBrokerOptions,
    options: SubscribeOptions,
    onClose: () => void = () => {},
  ) {
    this.#library = library
    this.#broker = broker
    this.#options = options
    this.#onClose = onClose
    const after = (ms: number, callback: () => void) => {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    }
    this.#deliveries = new Deliveries({
      ...options,
      after,
      onEnd: (held) => this.#membership?.ended(held),
      onRoom: () => this.#membership?.look(),
    })
    this.#running = this.#run()
  }

  partitions(topic: string): readonly number[] {
    return this.#membership?.partitions(topic) ?? []
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    this.#pause.cut()
    this.#membership?.stop()
    await within(CLOSE_WAIT_MS, 'ending what is under way', this.#deliveries.stop()).catch(() => {})
    await this.#membership?.close()
    // The library may never have been loaded.
    await within(CLOSE_STEP_MS, 'ending the membership', this.#running).catch(() => {})
    this.#onClose()
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const membership = await this.#begin()
      if (membership === undefined) return
      let isMember = false
      try {
        // It may be lost before joining is said to have ended.
        await Promise.race([membership.join(), membership.lost])
        isMember = true
        this.#failures = 0
        this.#reminder.forget(JOINING)
        this.#pause.reset()
        await membership.lost
      } catch (error) {
        this.#tell(error, isMember)
      }
      await membership.close()
      if (!this.#isClosed) await this.#pause.wait()
    }
  }

  /** Undefined where it was closed meanwhile, or the library is missing, which waiting does not mend. */
  async #begin(): Promise<Membership | undefined> {
    try {
      const library = await this.#library
      if (this.#isClosed) return undefined
      this.#membership = new Membership({
        library,
        broker: this.#broker,
        subscription: this.#options,
        take: (held: HeldPartition, messages) => this.#deliveries.take(held, messages),
        onMissing: (topics) => this.#tellMissing(topics),
        onError: (error) => this.#onError(error),
      })
      return this.#membership
    } catch (error) {
      this.#onError(error)
      return undefined
    }
  }

  /** Joining may fail a few times where a group or a topic is new: that is told only when it goes on, now and then. */
  #tell(error: unknown, wasMember: boolean): void {
    if (this.#isClosed) return
    if (!wasMember) this.#failures += 1
    const goesOn = this.#failures >= FAILURES_TOLD && this.#reminder.isDue(JOINING)
    if (wasMember || goesOn) this.#onError(error)
  }

  #tellMissing(topics: readonly string[]): void {
    for (const topic of topics) {
      if (!this.#reminder.isDue(topic)) continue
      this.#onError(new BrokerUnavailable(`there is no topic ${topic}; the others are read`))
    }
  }

  #onError(error: unknown): void {
    try {
      const { onError = writeError } = this.#options
      onError(error)
    } catch (thrown) {
      // Whoever is told must not stop what is told.
      writeError(thrown)
    }
  }
}

/** The failure to join that is told first, of those without a success between. */
const FAILURES_TOLD = 3
/** What is reminded of beside topics, and no name of one. */
const JOINING = ''
