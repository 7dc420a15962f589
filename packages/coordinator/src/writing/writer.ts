import {
  type Clock,
  type Observer,
  type Store,
  StoreUnavailable,
  type TransactionRow,
  type TransactionWrite,
  type WriteAnswer,
} from '@assent/engine'
import { Backoff } from '../system/backoff.ts'

/** Rows in one commit. */
const BATCH_ROWS_MAX = 1_024
/** Characters of state in one commit, so that a batch of large transactions stays bounded. */
const BATCH_CHARACTERS_MAX = 8 * 1024 * 1024
/** Commits in flight: while one is synced the next is on its way. */
const COMMITS_IN_FLIGHT_MAX = 2
/**
 * Writes whose ends are told at once. What they set off is on its way to the store while the next are told; all at
 * once, the store would stand still meanwhile, and then this thread for the store.
 */
const TOLD_AT_ONCE_MAX = 64
/** How long to wait before a store that failed is asked again; doubles up to the cap. */
const RETRY_FIRST_MS = 20
const RETRY_MAX_MS = 1_000
/** A store that has failed for this long is away: nobody else is made to wait for it. */
const AWAY_AFTER_MS = 500

/** Something that has a write to make: a transaction that is driven, or a single command. */
export interface Writable {
  readonly gid: string
  /** The write, made at the last moment so that it holds the newest state; undefined: nothing is to write any more. */
  nextWrite(): TransactionWrite | undefined
  /** What became of it. A conflict shows what stands there. */
  written(write: TransactionWrite, answer: WriteAnswer): void
  /**
   * It is not in the store. `isCertain`: and will not be; otherwise what was sent may still land. True: try
   * again later. False: the writer forgets it.
   */
  unavailable(write: TransactionWrite, error: unknown, isCertain: boolean): boolean
}

interface Entry {
  writable: Writable
  write: TransactionWrite
}

/**
 * Group commit: takes whatever has piled up while the last commit was in flight, without waiting for more.
 * A gid has at most one write in flight: what else is to be written of it waits.
 */
export class Writer {
  private readonly store: Store
  private readonly clock: Clock
  private readonly observer: Observer
  private queue: Writable[] = []
  private inFlight = 0
  /** Commits that were answered, whose writables have not all been told. */
  private telling = 0
  private readonly gidsInFlight = new Set<string>()
  private scheduled = false
  private idle: (() => void)[] = []
  private readonly backoff = new Backoff(RETRY_FIRST_MS, RETRY_MAX_MS)
  private pausedUntil = 0
  private awaySince: number | undefined
  private isStopped = false

  constructor(store: Store, clock: Clock, observer: Observer) {
    this.store = store
    this.clock = clock
    this.observer = observer
  }

  /** Each Writable may stand in the queue once; it is asked for its write when its turn comes. */
  enqueue(writable: Writable): void {
    this.queue.push(writable)
    this.schedule()
  }

  /** Whether a write that is asked for now would have to wait for a store that is away. */
  get isAway(): boolean {
    const now = this.clock.monotonic()
    if (this.awaySince === undefined || now - this.awaySince < AWAY_AFTER_MS) return false
    return now < this.pausedUntil || this.inFlight >= COMMITS_IN_FLIGHT_MAX
  }

  /** Lets what is queued and in flight come to its end, as long as the store answers and for so long at most. */
  stop(withinMs: number): Promise<void> {
    this.isStopped = true
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.clock.after(withinMs, resolve)
      this.idle.push(() => {
        cancel()
        resolve()
      })
    })
  }

  private schedule(): void {
    if (this.scheduled || this.inFlight >= COMMITS_IN_FLIGHT_MAX || this.queue.length === 0) return
    this.scheduled = true
    const pauseMs = this.pausedUntil - this.clock.monotonic()
    const begin = (): void => {
      this.scheduled = false
      if (this.flush()) this.schedule()
    }
    if (pauseMs > 0) this.clock.after(pauseMs, begin)
    else this.clock.soon(begin)
  }

  /** Answers whether a commit was sent; what could not go with it waits for the end of those in flight. */
  private flush(): boolean {
    if (this.inFlight >= COMMITS_IN_FLIGHT_MAX) return false
    const entries = this.takeBatch()
    if (entries.length === 0) {
      this.reportIdle()
      return false
    }
    // In one order everywhere, so that two coordinators never wait for each other's rows.
    entries.sort((left, right) => (left.write.gid < right.write.gid ? -1 : 1))
    this.inFlight += 1
    this.telling += 1
    void this.commit(entries).finally(() => {
      this.telling -= 1
      this.schedule()
      this.reportIdle()
    })
    return true
  }

  private takeBatch(): Entry[] {
    const entries: Entry[] = []
    const waiting: Writable[] = []
    let characters = 0
    let seen = 0
    for (const writable of this.queue) {
      if (entries.length >= BATCH_ROWS_MAX || characters >= BATCH_CHARACTERS_MAX) break
      seen += 1
      if (this.gidsInFlight.has(writable.gid)) {
        waiting.push(writable)
        continue
      }
      const write = writable.nextWrite()
      if (write === undefined) continue
      this.gidsInFlight.add(write.gid)
      characters += write.state.length
      entries.push({ writable, write })
    }
    this.queue = seen === this.queue.length ? waiting : [...waiting, ...this.queue.slice(seen)]
    return entries
  }

  private get isIdle(): boolean {
    return this.telling === 0 && this.queue.length === 0
  }

  private reportIdle(): void {
    if (!this.isIdle) return
    for (const resolve of this.idle.splice(0)) resolve()
  }

  private async commit(entries: readonly Entry[]): Promise<void> {
    const writes = entries.map((entry) => entry.write)
    const began = this.clock.monotonic()
    let answers: readonly WriteAnswer[]
    try {
      answers = await this.store.write(writes)
    } catch (error) {
      this.pause()
      const certain = error instanceof StoreUnavailable
      this.observer.observe({ kind: 'store-failed', what: 'write', certain, error: String(error) })
      if (certain) this.giveBack(entries, error)
      else await this.readBack(entries, error)
      this.inFlight -= 1
      for (const { write } of entries) this.gidsInFlight.delete(write.gid)
      return
    }
    this.inFlight -= 1
    this.backoff.reset()
    this.pausedUntil = 0
    this.awaySince = undefined
    // What has piled up meanwhile goes out while these are told.
    this.schedule()
    const durationMs = this.clock.monotonic() - began
    let conflicts = 0
    for (const [index, { writable, write }] of entries.entries()) {
      if (index > 0 && index % TOLD_AT_ONCE_MAX === 0) {
        await new Promise<void>((resolve) => this.clock.soon(resolve))
      }
      const answer = answers[index] ?? { outcome: 'invalid', reason: 'the store gave no answer for it' }
      // Sent twice because the first answer got lost, and the first one had been stored.
      const isOwn = answer.outcome === 'conflict' && answer.row?.writeId === write.writeId
      if (answer.outcome === 'conflict' && !isOwn) conflicts += 1
      this.gidsInFlight.delete(write.gid)
      this.tell(writable, write, isOwn ? { outcome: 'stored' } : answer)
    }
    this.observer.observe({ kind: 'commit', rows: writes.length, durationMs, conflicts })
  }

  /** A fault of one must not keep the others from being told. */
  private tell(writable: Writable, write: TransactionWrite, answer: WriteAnswer): void {
    try {
      writable.written(write, answer)
    } catch (error) {
      this.observer.observe({
        kind: 'fault',
        what: `telling ${write.gid} what was written`,
        error: String(error),
      })
    }
  }

  private pause(): void {
    const now = this.clock.monotonic()
    this.awaySince ??= now
    this.pausedUntil = now + this.backoff.next()
  }

  private giveBack(entries: readonly Entry[], error: unknown): void {
    for (const { writable, write } of entries) {
      if (writable.unavailable(write, error, true)) this.queue.push(writable)
    }
  }

  /** The answer got lost: the row's own write id says whether it was stored. */
  private async readBack(entries: readonly Entry[], error: unknown): Promise<void> {
    const rows = await this.readUntilAnswered(entries.map((entry) => entry.write.gid))
    if (rows === undefined) return
    entries.forEach(({ writable, write }, index) => {
      const row = rows[index]
      if (row?.writeId === write.writeId) writable.written(write, { outcome: 'stored' })
      else if ((row?.version ?? 0) !== write.expect) {
        writable.written(write, row === undefined ? { outcome: 'conflict' } : { outcome: 'conflict', row })
      } else if (writable.unavailable(write, error, false)) this.queue.push(writable)
    })
  }

  /** As long as it takes, for nobody else knows what was written; undefined once this process stops. */
  private async readUntilAnswered(
    gids: readonly string[],
  ): Promise<readonly (TransactionRow | undefined)[] | undefined> {
    for (;;) {
      try {
        return await this.store.read(gids)
      } catch (error) {
        if (this.isStopped) return undefined
        this.pause()
        this.observer.observe({
          kind: 'store-failed',
          what: 'read-back',
          certain: false,
          error: String(error),
        })
        const delay = this.pausedUntil - this.clock.monotonic()
        await new Promise<void>((resolve) => this.clock.after(delay, resolve))
      }
    }
  }
}
