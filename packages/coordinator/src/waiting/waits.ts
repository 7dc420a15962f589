import { isEnded } from '@assent/contract'
import type { Cancel, Clock, Observer, Store, Transaction, TransactionRow } from '@assent/engine'
import { readState } from '../driving/state.ts'
import { Backoff } from '../system/backoff.ts'

/** A durable state, as waits and event streams see it. */
export interface Durable {
  version: number
  transaction: Transaction
}

/** Hears of each durable state; of undefined where the store shows none any more, as it ended and was swept. */
type Listener = (durable: Durable | undefined) => void

/** How often the store is asked about transactions that this process does not drive. */
const POLL_INTERVAL_MS = 100
/** And how seldom, while it is away. */
const POLL_AWAY_MAX_MS = 1_000
/** How long somebody waits for what is driven here before the store is asked whether it still is, and again. */
const POLL_DRIVEN_MS = 1_000
/** Gids in one question. */
const POLL_GIDS_MAX = 1_000

/**
 * Who waits for which transaction. What this process drives is told as it becomes durable; for the rest the
 * store is polled, one query for all waiters.
 */
export class Waits {
  private readonly listeners = new Map<string, Set<Listener>>()
  /** Monotonic time at which the store is asked about a transaction although it is driven here. */
  private readonly askAt = new Map<string, number>()
  private readonly waiting = new Set<() => void>()
  private readonly store: Store
  private readonly clock: Clock
  private readonly observer: Observer
  private readonly isDriven: (gid: string) => boolean
  private readonly seen: (row: TransactionRow) => void
  private readonly backoff = new Backoff(POLL_INTERVAL_MS, POLL_AWAY_MAX_MS)
  private pollAfterMs = POLL_INTERVAL_MS
  private cancelPoll: Cancel | undefined
  private closed = false

  constructor(parts: {
    store: Store
    clock: Clock
    observer: Observer
    isDriven: (gid: string) => boolean
    /** The store has shown a row; a driver that it is too new for ends. */
    seen: (row: TransactionRow) => void
  }) {
    this.store = parts.store
    this.clock = parts.clock
    this.observer = parts.observer
    this.isDriven = parts.isDriven
    this.seen = parts.seen
  }

  /** A driven transaction has a new durable state; undefined: it has none. */
  publish(gid: string, durable: Durable | undefined): void {
    const listeners = this.listeners.get(gid)
    if (listeners === undefined) return
    for (const listener of [...listeners]) listener(durable)
  }

  listen(gid: string, listener: Listener): Cancel {
    const listeners = this.listeners.get(gid) ?? this.newListeners(gid)
    listeners.add(listener)
    this.schedulePoll()
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.listeners.get(gid) !== listeners) return
      this.listeners.delete(gid)
      this.askAt.delete(gid)
    }
  }

  private newListeners(gid: string): Set<Listener> {
    const listeners = new Set<Listener>()
    this.listeners.set(gid, listeners)
    this.askAt.set(gid, this.clock.monotonic() + POLL_DRIVEN_MS)
    return listeners
  }

  /** Resolves with the first durable state that is as wanted; undefined when time is up first, or there is none. */
  until(gid: string, waitMs: number, isWanted: (durable: Durable) => boolean): Promise<Durable | undefined> {
    return new Promise((resolve) => {
      const finish = (durable: Durable | undefined): void => {
        cancelTimer()
        cancelListener()
        this.waiting.delete(giveUp)
        resolve(durable)
      }
      const giveUp = (): void => finish(undefined)
      this.waiting.add(giveUp)
      const cancelTimer = this.clock.after(waitMs, () => finish(undefined))
      const cancelListener = this.listen(gid, (durable) => {
        if (durable === undefined || isWanted(durable)) finish(durable)
      })
    })
  }

  /** Resolves with the end as it is durable; undefined when time is up first. */
  end(gid: string, waitMs: number): Promise<Durable | undefined> {
    return this.until(gid, waitMs, (durable) => isEnded(durable.transaction.status))
  }

  /** Ends every wait as if its time were up: a coordinator that closes has nothing more to tell. */
  close(): void {
    this.closed = true
    this.cancelPoll?.()
    for (const giveUp of [...this.waiting]) giveUp()
  }

  private schedulePoll(): void {
    if (this.cancelPoll !== undefined || this.closed || this.listeners.size === 0) return
    this.cancelPoll = this.clock.after(this.pollAfterMs, () => {
      void this.poll().finally(() => {
        this.cancelPoll = undefined
        this.schedulePoll()
      })
    })
  }

  private async poll(): Promise<void> {
    const gids = this.gidsToAsk()
    try {
      for (let from = 0; from < gids.length; from += POLL_GIDS_MAX) {
        const asked = gids.slice(from, from + POLL_GIDS_MAX)
        const rows = await this.store.read(asked)
        asked.forEach((gid, index) => {
          this.show(gid, rows[index])
        })
      }
      this.backoff.reset()
      this.pollAfterMs = POLL_INTERVAL_MS
    } catch (error) {
      this.pollAfterMs = this.backoff.next()
      this.observer.observe({ kind: 'store-failed', what: 'poll', certain: true, error: String(error) })
    }
  }

  /** What others drive, each time; what is driven here now and then, for another coordinator may have taken it over. */
  private gidsToAsk(): string[] {
    const now = this.clock.monotonic()
    const gids: string[] = []
    for (const [gid, askAt] of this.askAt) {
      if (this.isDriven(gid)) {
        if (now < askAt) continue
        this.askAt.set(gid, now + POLL_DRIVEN_MS)
      }
      gids.push(gid)
    }
    return gids
  }

  /** One row that can not be read leaves those who wait for others alone. */
  private show(gid: string, row: TransactionRow | undefined): void {
    if (row !== undefined) this.seen(row)
    if (this.isDriven(gid)) return
    if (row === undefined) {
      this.publish(gid, undefined)
      return
    }
    let transaction: Transaction
    try {
      transaction = readState(row)
    } catch (error) {
      this.observer.observe({ kind: 'fault', what: `reading ${gid}`, error: String(error) })
      return
    }
    this.publish(gid, { version: row.version, transaction })
  }
}
