import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from '@assent/contract'
import type { Database } from '../databases/database.ts'
import { isMissingTable } from '../databases/failures.ts'
import { Awake } from './awake.ts'
import { type OutboxLag, outboxLag } from './lag.ts'
import { LANES_CHECK_INTERVAL_MS, restoreLanes } from './lanes.ts'
import { type Listener, type Listening, listening } from './listening.ts'
import { PAUSE_FIRST_MS, PAUSE_LONGEST_MS, Pauses } from './pauses.ts'
import { type Round, type Rounds, round } from './round.ts'
import { OutboxRows } from './rows.ts'
import type { TopicOf } from './sending.ts'
import { createOutbox, OUTBOX_DIALECTS } from './table.ts'
import { channelOf, outboxName } from './table-names.ts'

/** Events in one round. */
export const RELAY_BATCH = 500
/** How often a relay looks that is woken by the database as well, milliseconds. */
export const POLL_INTERVAL_LISTENING_MS = 1_000
/** How often one looks that nobody wakes, milliseconds. */
export const POLL_INTERVAL_MS = 20

/** Events in one round, at most: their ids are bound to one statement. */
export const RELAY_BATCH_MAX = 1_000
/** So many times as long as it took to pass over what rests, a relay does nothing: a backlog must not be read on end. */
const PASSING_REST = 4
/** And for so long at most, milliseconds. */
const PASSING_REST_LONGEST_MS = 10_000

/** How long a relay waits for a round that does not end, milliseconds. It is left then, and the next one begins. */
export const ROUND_MAX_MS = 90_000

export interface RelayOptions {
  database: Database<unknown>
  broker: Pick<Broker, 'send'>
  /** The outbox's table, `assent_outbox` by default. It is created where it is missing. */
  table?: string
  /** Where events are sent that name no topic. Those of a type that it doesn't know wait for a relay that does. */
  topicOf?: TopicOf
  /** Events in one round, 1 to 1,000; 500 by default. */
  batch?: number
  /** Milliseconds between looks while nothing waits: 1,000 with `listen`, else 20. */
  pollIntervalMs?: number
  /**
   * On PostgreSQL, a connection by which the database wakes the relay: `() => new Client(…)` of `pg`, a new one each
   * time it is asked, or `() => sql` of postgres.js.
   */
  listen?: () => Listener
  /** Told why a round or the connection that listens failed; writes to stderr by default. It goes on by itself. */
  onError?: (error: unknown) => void
  /** Told what became of each round that found something. */
  observe?: (round: RelayedRound) => void
}

/** How many events of a round were sent, marked dead, and are to be sent again. */
export interface RelayedRound {
  sent: number
  dead: number
  failed: number
  tookMs: number
}

/** Since the relay was started. */
export interface RelayCounters {
  sent: number
  dead: number
  /** Sends that failed, by events: one that fails twice counts twice. */
  failed: number
  /** Rounds that the database broke. */
  brokenRounds: number
}

export interface Relay {
  readonly counters: Readonly<RelayCounters>
  /** Whether the database wakes it at present. */
  readonly isListening: boolean
  /** What waits to be sent, by this relay or another one. Throws what the driver throws. */
  lag(): Promise<OutboxLag>
  /** Looks at once. */
  wake(): void
  /** Ends the round that is under way, and sends nothing more. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts to send what is in the outbox, and goes on until it is closed, also while the database or the broker is away.
 *
 *     const relay = relayOutbox({ database: pg(pool), broker, listen: () => new Client({ connectionString }) })
 *
 * Throws TypeError for a table's name or a batch that is none.
 */
export function relayOutbox(options: RelayOptions): Relay {
  return new RunningRelay(options)
}

class RunningRelay implements Relay {
  readonly counters: RelayCounters = { sent: 0, dead: 0, failed: 0, brokenRounds: 0 }
  readonly #options: RelayOptions
  readonly #rounds: Rounds
  readonly #pollIntervalMs: number
  readonly #listening: Listening | undefined
  readonly #ended: Promise<void>
  readonly #closing = new AbortController()
  #lanesCheckedMs = Number.NEGATIVE_INFINITY
  #isWoken = false
  #wake = () => {}

  constructor(options: RelayOptions) {
    const { database, broker, listen, topicOf = () => undefined, batch = RELAY_BATCH } = options
    if (!Number.isInteger(batch) || batch < 1 || batch > RELAY_BATCH_MAX) {
      throw new TypeError(`a relay's batch is a number from 1 to ${RELAY_BATCH_MAX}, not ${batch}`)
    }
    const table = outboxName(options.table)
    const dialect = OUTBOX_DIALECTS[database.dialect]
    this.#options = options
    this.#pollIntervalMs = options.pollIntervalMs ?? (listen ? POLL_INTERVAL_LISTENING_MS : POLL_INTERVAL_MS)
    const rows = new OutboxRows(dialect, table)
    this.#rounds = {
      database,
      dialect,
      rows,
      broker,
      topicOf,
      pauses: new Pauses(),
      unknown: new Pauses(),
      awake: new Awake(dialect, table),
      batch,
    }
    const heard = () => this.wake()
    const lost = (error: unknown) => this.#tell(error)
    if (listen) this.#listening = listening(listen, channelOf(table), heard, lost)
    this.#ended = this.#run()
  }

  get isListening(): boolean {
    return this.#listening?.isListening ?? false
  }

  lag(): Promise<OutboxLag> {
    return outboxLag(this.#options.database, this.#options.table)
  }

  wake(): void {
    this.#isWoken = true
    this.#wake()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.wake()
    await this.#listening?.close()
    await this.#ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(): Promise<void> {
    let brokenMs = 0
    while (!this.#closing.signal.aborted) {
      try {
        const { taken, passingMs } = await this.#lookAround()
        brokenMs = 0
        const isBehind = taken >= this.#rounds.batch
        if (!isBehind && passingMs > 0) {
          await this.#pause(Math.min(passingMs * PASSING_REST, PASSING_REST_LONGEST_MS))
        }
        if (taken === 0) await this.#rest()
      } catch (thrown) {
        this.counters.brokenRounds += 1
        this.#tell(thrown)
        brokenMs = Math.min(brokenMs * 2 || PAUSE_FIRST_MS, PAUSE_LONGEST_MS)
        await this.#pause(brokenMs)
      }
    }
  }

  /** Once through all lanes. Answers how many events are settled, and how long it took to pass over what rests. */
  async #lookAround(): Promise<{ taken: number; passingMs: number }> {
    // What comes amid a look is for the next one, and so it makes no rest.
    this.#isWoken = false
    let taken = 0
    let passingMs = 0
    let from = 0
    do {
      const found = await this.#look(from)
      taken += found.sent.length + found.dead.length
      passingMs += found.passingMs
      from = found.next
    } while (from !== 0 && !this.#closing.signal.aborted)
    return { taken, passingMs }
  }

  async #look(from: number): Promise<Round> {
    const beganMs = performance.now()
    const found = await this.#round(from)
    this.#count(found, performance.now() - beganMs)
    return found
  }

  async #round(from: number): Promise<Round> {
    try {
      return await bounded(this.#lookOnce(from))
    } catch (thrown) {
      if (!isMissingTable(thrown)) throw thrown
    }
    await bounded(createOutbox(this.#options.database, this.#options.table))
    return bounded(this.#lookOnce(from))
  }

  async #lookOnce(from: number): Promise<Round> {
    if (performance.now() - this.#lanesCheckedMs > LANES_CHECK_INTERVAL_MS) await this.#checkLanes()
    return round(this.#rounds, from)
  }

  /** What fails here must not keep back what waits in the lanes that are there. */
  async #checkLanes(): Promise<void> {
    this.#lanesCheckedMs = performance.now()
    const { database, dialect, rows } = this.#rounds
    try {
      const restored = await restoreLanes(database, dialect, rows, outboxName(this.#options.table))
      if (restored > 0) this.#tell(new Error(`${restored} lanes of the outbox were gone and are back`))
    } catch (thrown) {
      if (isMissingTable(thrown)) throw thrown
      this.#tell(thrown)
    }
  }

  #count({ sent, dead, failed, unknown }: Round, tookMs: number): void {
    const counts = { sent: sent.length, dead: dead.length, failed: failed.length }
    this.counters.sent += counts.sent
    this.counters.dead += counts.dead
    this.counters.failed += counts.failed
    const [first] = failed
    if (first) this.#tell(first.error)
    for (const reason of unknown.values()) {
      this.#tell(new Error(`${reason}; its events wait, and those of their keys behind them`))
    }
    if (counts.sent + counts.dead + counts.failed === 0) return
    try {
      this.#options.observe?.({ ...counts, tookMs })
    } catch (thrown) {
      this.#tell(thrown)
    }
  }

  /** Until the next look is due, or something has happened since the last one began. */
  async #rest(): Promise<void> {
    const waking = new AbortController()
    this.#wake = () => waking.abort()
    if (this.#isWoken) return
    const { awake, pauses, unknown } = this.#rounds
    const dueMs = Math.min(awake.restMs(this.#pollIntervalMs), pauses.shortestMs(), unknown.shortestMs())
    await this.#pause(dueMs, waking.signal)
  }

  async #pause(ms: number, waking: AbortSignal = this.#closing.signal): Promise<void> {
    await sleep(ms, undefined, { signal: waking }).catch(() => {})
  }

  #tell(error: unknown): void {
    const { onError = (thrown: unknown) => console.error('the outbox relay:', thrown) } = this.#options
    try {
      onError(error)
    } catch {}
  }
}

/** A driver that never answers, as some do where a connection was lost, must not end the relaying. */
async function bounded<T>(running: Promise<T>): Promise<T> {
  const limit = new AbortController()
  const late = async (): Promise<never> => {
    await sleep(ROUND_MAX_MS, undefined, { signal: limit.signal })
    throw new Error(`a round has not ended within ${ROUND_MAX_MS} ms`)
  }
  try {
    return await Promise.race([running, late()])
  } finally {
    limit.abort()
  }
}
