import { type Clock, StoreUnavailable, type TransactionRow } from '@assent/engine'
import type { Context } from '../transactions/context.ts'
import { Repeating } from './repeating.ts'
import { takeUp } from './take-up.ts'

/** Rows named on one page of what is owned. */
const OWNED_PAGE_ROWS = 1_000
/** Rows read with their state in one question, and in one look. */
const READ_ROWS_MAX = 100
const READ_ROWS_IN_LOOK_MAX = 1_000
/** Looks that follow each other quickly where it is known that something may have been missed. */
const HURRIED_LOOKS = 4

/**
 * Holds the rows that this incarnation owns in the store against what it drives. What it owns and has not driven
 * for two looks, so that nothing that is only under way is taken for it, it takes up; what it drives and somebody
 * else has written since it drops; and what it drives and the store has lost it writes again.
 */
export class Audit {
  private readonly context: Context
  private readonly repeating: Repeating
  private hurriedLooks = 0
  /** Versions of rows that were owned and not driven when it looked last. */
  private suspects: ReadonlyMap<string, number> = new Map()

  constructor(context: Context, clock: Clock) {
    this.context = context
    this.repeating = new Repeating(clock, () => this.lookOnce())
  }

  begin(): void {
    this.repeating.begin(this.context.settings.auditIntervalMs)
  }

  stop(): void {
    this.repeating.stop()
  }

  /** The answer of a claim got lost: what it gave is looked for now. */
  hurry(): void {
    this.hurriedLooks = HURRIED_LOOKS
    this.repeating.hasten(this.context.settings.claimIntervalMs)
  }

  private async lookOnce(): Promise<number> {
    const { settings, observer } = this.context
    try {
      await this.look()
    } catch (error) {
      const certain = error instanceof StoreUnavailable
      observer.observe({ kind: 'store-failed', what: 'audit', certain, error: String(error) })
    }
    if (this.hurriedLooks === 0) return settings.auditIntervalMs
    this.hurriedLooks -= 1
    return Math.min(settings.claimIntervalMs, settings.auditIntervalMs)
  }

  private async look(): Promise<void> {
    const { incarnation, drivers } = this.context
    if (!incarnation.isAlive() || drivers.isStopping) return
    const { id } = incarnation
    const driven = drivers.settledVersions()
    const owned = await this.walk(id)
    // What an incarnation owned that has ended meanwhile is claimed.
    if (incarnation.id !== id || drivers.isStopping) return
    const suspects = this.suspectsAmong(owned)
    const found = [...suspects].filter(([gid, version]) => this.suspects.get(gid) === version)
    this.suspects = suspects
    await this.takeUpFound(found, id)
    await this.checkDriven(driven, owned)
  }

  private async walk(incarnation: string): Promise<Map<string, number>> {
    const owned = new Map<string, number>()
    let cursor: string | undefined
    do {
      const page = await this.context.store.owned({
        incarnation,
        limit: OWNED_PAGE_ROWS,
        ...(cursor !== undefined && { cursor }),
      })
      for (const { gid, version } of page.transactions) owned.set(gid, version)
      cursor = page.nextCursor
    } while (cursor !== undefined)
    return owned
  }

  private suspectsAmong(owned: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const { drivers, commands } = this.context
    // Whatever a claim gives is owned before its answer comes.
    if (drivers.isClaiming) return new Map()
    return new Map([...owned].filter(([gid]) => drivers.get(gid) === undefined && !commands.isBusy(gid)))
  }

  private async takeUpFound(found: readonly [gid: string, version: number][], id: string): Promise<void> {
    const { context } = this
    const { commands, drivers, incarnation, observer, store } = context
    const take = async (gid: string, version: number): Promise<void> => {
      const [row] = await store.read([gid])
      const isOurs = row?.owner === id && row.version === version && incarnation.id === id
      if (!isOurs || drivers.get(gid) !== undefined) return
      observer.observe({ kind: 'left-undriven', gid })
      takeUp(context, row)
    }
    for (const some of slices(found.slice(0, READ_ROWS_IN_LOOK_MAX))) {
      await Promise.all(some.map(([gid, version]) => commands.run(gid, () => take(gid, version))))
    }
  }

  private async checkDriven(
    driven: ReadonlyMap<string, number>,
    owned: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { store, drivers } = this.context
    const doubtful = [...driven].filter(([gid, version]) => owned.get(gid) !== version)
    const unchanged = doubtful.filter(([gid, version]) => drivers.isSettledAt(gid, version))
    for (const some of slices(unchanged.slice(0, READ_ROWS_IN_LOOK_MAX))) {
      const rows = await store.read(some.map(([gid]) => gid))
      for (const [index, [gid, version]] of some.entries()) this.checkOne(gid, version, rows[index])
    }
  }

  private checkOne(gid: string, version: number, row: TransactionRow | undefined): void {
    const { drivers } = this.context
    if (!drivers.isSettledAt(gid, version)) return
    if (row !== undefined && row.version >= version) drivers.seen(row)
    // Its write will find what became of it.
    else drivers.get(gid)?.requestWrite()
  }
}

function* slices<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += READ_ROWS_MAX) yield items.slice(from, from + READ_ROWS_MAX)
}
