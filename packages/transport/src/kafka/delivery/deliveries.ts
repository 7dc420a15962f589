import type { IncomingMessage, SubscribeOptions } from '@assent/contract'
import type { Clock } from '@assent/engine'
import type { HeldPartition } from './held-partition.ts'
import { Lanes } from './lanes.ts'
import type { Place } from './ledger.ts'
import { CONCURRENCY_DEFAULT, RETRY_PAUSE_MAX_MS, RETRY_PAUSE_MS } from './limits.ts'
import { Stuck } from './stuck.ts'

export interface DeliveriesOptions
  extends Pick<SubscribeOptions, 'handle' | 'onError' | 'concurrency' | 'ordered'> {
  after: Clock['after']
  /** A message of this partition has ended: there may be something to commit. */
  onEnd(held: HeldPartition): void
  /** More of this partition may be received again. */
  onRoom(held: HeldPartition): void
}

/**
 * Gives messages to the `handle` of a subscription: those of one key of a partition one after another, others side by
 * side, and one that was rejected again after a growing pause, for as long as its partition is held.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions
  readonly #lanes: Lanes<Delivery>
  readonly #stuck: Stuck
  /** Deliveries that were taken and have not ended. */
  #open = 0

  constructor(options: DeliveriesOptions) {
    this.#options = options
    const { concurrency = CONCURRENCY_DEFAULT, after } = options
    this.#lanes = new Lanes(concurrency, (delivery) => this.#deal(delivery), after)
    this.#stuck = new Stuck(after, (error) => this.#tell(error))
  }

  /** Messages being dealt with at this moment. */
  get atOnce(): number {
    return this.#lanes.atOnce
  }

  /** Takes messages in the order of their offsets; `arrange` may change the order in which they are given. */
  take(
    held: HeldPartition,
    messages: readonly IncomingMessage[],
    arrange: (deliveries: Delivery[]) => Delivery[] = (deliveries) => deliveries,
  ): void {
    const deliveries = messages.map((message) => ({ held, message, place: held.begin(message), failures: 0 }))
    this.#open += deliveries.length
    if (deliveries.length > 0) this.#stuck.watch(held)
    const isOrdered = this.#options.ordered ?? true
    for (const delivery of arrange(deliveries)) {
      this.#lanes.add(isOrdered ? laneOf(delivery.message) : undefined, delivery)
    }
  }

  /** Begins nothing any more; resolves when what is under way has ended. */
  stop(): Promise<void> {
    this.#stuck.stop()
    return this.#lanes.stop()
  }

  async #deal(delivery: Delivery): Promise<number | undefined> {
    const pauseMs = await this.#give(delivery)
    if (pauseMs === undefined) this.#open -= 1
    if (this.#open === 0) this.#stuck.rest()
    return pauseMs
  }

  async #give(delivery: Delivery): Promise<number | undefined> {
    const { held, message, place } = delivery
    if (held.isLost) return undefined
    try {
      await this.#options.handle(message)
    } catch (error) {
      this.#tell(error, message)
      delivery.failures += 1
      return retryPauseMs(delivery.failures)
    }
    const hasRoomAgain = held.end(message, place)
    this.#options.onEnd(held)
    if (hasRoomAgain) this.#options.onRoom(held)
    return undefined
  }

  #tell(error: unknown, message?: IncomingMessage): void {
    try {
      const { onError = writeError } = this.#options
      onError(error, message)
    } catch (thrown) {
      // Whoever is told must not stop what is told.
      writeError(thrown, message)
    }
  }
}

/** One message on its way to `handle`. */
export interface Delivery {
  readonly held: HeldPartition
  readonly message: IncomingMessage
  readonly place: Place
  failures: number
}

/** How long a message waits that was rejected so many times. */
export function retryPauseMs(failures: number): number {
  return Math.min(RETRY_PAUSE_MAX_MS, RETRY_PAUSE_MS * 2 ** (failures - 1))
}

/** Where nobody else wants to be told. */
export function writeError(error: unknown, message?: IncomingMessage): void {
  const at = message === undefined ? '' : ` at ${message.topic}/${message.partition}/${message.offset}`
  process.stderr.write(`messages${at}: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`)
}

function laneOf({ topic, partition, key }: IncomingMessage): string {
  return `${topic}\u0000${partition}\u0000${key}`
}
