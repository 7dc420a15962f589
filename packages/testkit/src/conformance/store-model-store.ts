import type { ListQuery, Status } from '@assent/contract'
import type {
  Store,
  StoreSummary,
  Tombstone,
  TransactionRow,
  TransactionWrite,
  WriteAnswer,
} from '@assent/engine'

/** What a store answers, in the fewest words and without a thought of speed; leases end only by retiring. */
export class ModelStore {
  readonly rows = new Map<string, TransactionRow>()
  readonly tombstones = new Map<string, Tombstone>()
  readonly alive = new Set<string>()
  private readonly retired = new Set<string>()

  register(incarnation: string): void {
    if (!this.retired.has(incarnation)) this.alive.add(incarnation)
  }

  retire(incarnation: string): void {
    this.retired.add(incarnation)
    this.alive.delete(incarnation)
  }

  write({ expect, ...columns }: TransactionWrite): WriteAnswer {
    const row = this.rows.get(columns.gid)
    const tombstone = this.tombstones.get(columns.gid)
    if (row === undefined && tombstone !== undefined) return { outcome: 'conflict', tombstone }
    if (row !== undefined && row.version !== expect) {
      const { version, owner, writeId } = row
      return { outcome: 'conflict', row: { version, owner, writeId } }
    }
    if (row === undefined && expect !== 0) return { outcome: 'conflict' }
    this.rows.set(columns.gid, { ...columns, version: expect + 1 })
    return { outcome: 'stored' }
  }

  list(query: ListQuery): TransactionRow[] {
    const { label, createdAfter = 0, createdBefore = Number.MAX_VALUE, gidPrefix = '' } = query
    return [...this.rows.values()]
      .filter((row) => query.status === undefined || row.status === query.status)
      .filter((row) => query.mode === undefined || row.mode === query.mode)
      .filter((row) => query.name === undefined || row.name === query.name)
      .filter((row) => query.attention === undefined || row.attention === query.attention)
      .filter((row) => label === undefined || row.labels[label.key] === label.value)
      .filter((row) => row.createdAt >= createdAfter && row.createdAt < createdBefore)
      .filter((row) => row.gid.startsWith(gidPrefix))
      .sort((one, other) => other.createdAt - one.createdAt || (one.gid > other.gid ? -1 : 1))
  }

  claim({ incarnation, applications, limit, writeId }: Parameters<Store['claim']>[0]): TransactionRow[] {
    if (!this.alive.has(incarnation)) return []
    const now = Date.now()
    const claimed = [...this.rows.values()]
      .filter((row) => row.endedAt === null && applications.includes(row.application))
      .filter((row) => (row.owner === null ? (row.dueAt ?? now) < now : !this.alive.has(row.owner)))
      .sort((one, other) => (one.dueAt ?? 0) - (other.dueAt ?? 0))
      .slice(0, limit)
      .map((row) => ({ ...row, owner: incarnation, writeId, version: row.version + 1 }))
    for (const row of claimed) this.rows.set(row.gid, row)
    return claimed
  }

  owned(incarnation: string): { gid: string; version: number }[] {
    return [...this.rows.values()]
      .filter(({ owner, endedAt }) => owner === incarnation && endedAt === null)
      .map(({ gid, version }) => ({ gid, version }))
  }

  nextDueAt(applications: readonly string[]): number | null {
    const dues = [...this.rows.values()]
      .filter((row) => row.owner === null && row.endedAt === null && applications.includes(row.application))
      .map((row) => row.dueAt ?? Number.MAX_VALUE)
    return dues.length === 0 ? null : Math.min(...dues)
  }

  sweep(request: Parameters<Store['sweep']>[0]): { swept: number; forgotten: number } {
    const { endedBefore, tombstonesBefore, limit } = request
    const oldest = <Ended extends { endedAt: number | null }>(
      all: Iterable<Ended>,
      before: number,
    ): Ended[] =>
      [...all]
        .filter(({ endedAt }) => endedAt !== null && endedAt < before)
        .sort((one, other) => (one.endedAt ?? 0) - (other.endedAt ?? 0))
        .slice(0, limit)
    const forgotten = oldest(this.tombstones.values(), tombstonesBefore)
    for (const { gid } of forgotten) this.tombstones.delete(gid)
    const swept = oldest(this.rows.values(), endedBefore)
    for (const { gid, content, status, endedAt } of swept) {
      this.rows.delete(gid)
      this.tombstones.set(gid, { gid, content, status, endedAt: endedAt ?? 0 })
    }
    return { swept: swept.length, forgotten: forgotten.length }
  }

  summary(): StoreSummary {
    const active: Partial<Record<Status, number>> = {}
    const undecided = [...this.rows.values()].filter((row) => row.endedAt === null)
    for (const { status } of undecided) active[status] = (active[status] ?? 0) + 1
    return {
      active,
      oldestUndecidedAt: undecided.length === 0 ? null : Math.min(...undecided.map((row) => row.createdAt)),
      attention: [...this.rows.values()].filter((row) => row.attention).length,
    }
  }
}
