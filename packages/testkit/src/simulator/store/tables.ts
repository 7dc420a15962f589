import { isEnded, type ListQuery } from '@assent/contract'
import type {
  OwnedPage,
  Store,
  StorePage,
  StoreSummary,
  Tombstone,
  TransactionRow,
  TransactionWrite,
  WriteAnswer,
} from '@assent/engine'
import { EPOCH_MS } from '../../time/process.ts'
import type { Schedule } from '../../time/schedule.ts'
import type { Trace } from '../facts/trace.ts'

/** The name under which the store stands in a trace. */
const STORE = 'store'

/**
 * The durable tables, and the store's own clock. Everything here happens at once and is durable when it
 * returns; what can go wrong between a coordinator and this is the connection's.
 */
export class SimulatedTables {
  /** Refuses whatever comes, until it is up again. */
  isDown = false
  readonly rows = new Map<string, TransactionRow>()
  readonly tombstones = new Map<string, Tombstone>()
  private readonly schedule: Schedule
  private readonly trace: Trace
  /** What stood there before the last write, for a store that loses its last writes. */
  private readonly before = new Map<string, TransactionRow>()
  /** Virtual time until which each incarnation lives. */
  private readonly leases = new Map<string, number>()

  constructor(schedule: Schedule, trace: Trace) {
    this.schedule = schedule
    this.trace = trace
  }

  /** Epoch milliseconds. */
  now(): number {
    return Math.floor(EPOCH_MS + this.schedule.now)
  }

  write(write: TransactionWrite): WriteAnswer {
    const row = this.rows.get(write.gid)
    const tombstone = this.tombstones.get(write.gid)
    if ((row?.version ?? 0) !== write.expect || (row === undefined && tombstone !== undefined)) {
      this.trace.add(STORE, { kind: 'conflict', write, before: row })
      if (row !== undefined) {
        const { version, owner, writeId } = row
        return { outcome: 'conflict', row: { version, owner, writeId } }
      }
      return tombstone === undefined ? { outcome: 'conflict' } : { outcome: 'conflict', tombstone }
    }
    const { expect, ...columns } = write
    const next: TransactionRow = { ...columns, version: expect + 1 }
    this.put(next, row)
    this.trace.add(STORE, { kind: 'stored', write, before: row, row: next })
    return { outcome: 'stored' }
  }

  private put(row: TransactionRow, before: TransactionRow | undefined): void {
    this.rows.set(row.gid, row)
    if (before !== undefined) this.before.set(row.gid, before)
  }

  /** Loses the last write of a row; answers whether there was one that may get lost. */
  goBack(gid: string): boolean {
    const row = this.rows.get(gid)
    const before = this.before.get(gid)
    if (row === undefined || before === undefined || before.version !== row.version - 1) return false
    if (row.owner === null || row.owner !== before.owner || !this.isAlive(row.owner)) return false
    this.rows.set(gid, before)
    this.before.delete(gid)
    this.trace.add(STORE, { kind: 'went-back', from: row, to: before })
    return true
  }

  isAlive(incarnation: string): boolean {
    return this.schedule.now < (this.leases.get(incarnation) ?? Number.NEGATIVE_INFINITY)
  }

  register(incarnation: string, leaseMs: number): { now: number } {
    const until = this.schedule.now + leaseMs
    this.leases.set(incarnation, until)
    this.trace.add(STORE, { kind: 'lease', what: 'registered', incarnation, until })
    return { now: this.now() }
  }

  heartbeat(incarnation: string, leaseMs: number): { alive: boolean; now: number } {
    const alive = this.isAlive(incarnation)
    const until = this.schedule.now + leaseMs
    if (alive) this.leases.set(incarnation, until)
    this.trace.add(STORE, { kind: 'lease', what: alive ? 'renewed' : 'refused', incarnation, until })
    return { alive, now: this.now() }
  }

  retire(incarnation: string): void {
    this.leases.delete(incarnation)
    this.trace.add(STORE, { kind: 'lease', what: 'retired', incarnation, until: this.schedule.now })
  }

  claim(claim: {
    incarnation: string
    applications: readonly string[]
    limit: number
    writeId: string
  }): TransactionRow[] {
    if (!this.isAlive(claim.incarnation)) return []
    const now = this.now()
    const free = [...this.rows.values()].filter((row) => {
      if (isEnded(row.status) || !claim.applications.includes(row.application)) return false
      return row.owner === null ? row.dueAt !== null && row.dueAt <= now : !this.isAlive(row.owner)
    })
    free.sort((left, right) => (left.dueAt ?? 0) - (right.dueAt ?? 0) || (left.gid < right.gid ? -1 : 1))
    return free.slice(0, claim.limit).map((before) => {
      const { incarnation: owner, writeId } = claim
      const row = { ...before, owner, writeId, version: before.version + 1 }
      this.put(row, before)
      this.trace.add(STORE, { kind: 'claimed', row, before })
      return row
    })
  }

  owned({ incarnation, limit, cursor = '' }: Parameters<Store['owned']>[0]): OwnedPage {
    const behind = [...this.rows.values()]
      .filter((row) => row.owner === incarnation && !isEnded(row.status) && row.gid > cursor)
      .sort((left, right) => (left.gid < right.gid ? -1 : 1))
    const transactions = behind.slice(0, limit).map(({ gid, version }) => ({ gid, version }))
    const last = transactions.at(-1)
    return { transactions, ...(behind.length > limit && last !== undefined && { nextCursor: last.gid }) }
  }

  nextDueAt(applications: readonly string[]): number | null {
    let next: number | null = null
    for (const row of this.rows.values()) {
      if (row.owner !== null || row.dueAt === null || !applications.includes(row.application)) continue
      next = next === null ? row.dueAt : Math.min(next, row.dueAt)
    }
    return next
  }

  /** Newest first, from the beginning: clients of the simulated world turn no pages. */
  list(query: ListQuery): StorePage {
    const wanted = [...this.rows.values()].filter((row) => row.attention || query.attention !== true)
    const rows = wanted.sort(
      (left, right) => right.createdAt - left.createdAt || (left.gid < right.gid ? 1 : -1),
    )
    return { rows: rows.slice(0, query.limit ?? rows.length) }
  }

  sweep(sweep: { endedBefore: number; tombstonesBefore: number; limit: number }): {
    swept: number
    forgotten: number
  } {
    const ended = [...this.rows.values()].filter(
      (row) => row.endedAt !== null && row.endedAt < sweep.endedBefore,
    )
    const old = [...this.tombstones.values()].filter((stone) => stone.endedAt < sweep.tombstonesBefore)
    for (const { gid, content, status, endedAt } of ended.slice(0, sweep.limit)) {
      this.rows.delete(gid)
      this.before.delete(gid)
      this.tombstones.set(gid, { gid, content, status, endedAt: endedAt ?? 0 })
      this.trace.add(STORE, { kind: 'swept', gid })
    }
    for (const { gid } of old.slice(0, sweep.limit)) this.tombstones.delete(gid)
    return { swept: Math.min(ended.length, sweep.limit), forgotten: Math.min(old.length, sweep.limit) }
  }

  summary(): StoreSummary {
    const active: Record<string, number> = {}
    let oldestUndecidedAt: number | null = null
    let attention = 0
    for (const row of this.rows.values()) {
      if (isEnded(row.status)) continue
      active[row.status] = (active[row.status] ?? 0) + 1
      oldestUndecidedAt = Math.min(oldestUndecidedAt ?? row.createdAt, row.createdAt)
      if (row.attention) attention += 1
    }
    return { active, oldestUndecidedAt, attention }
  }
}
