import type { Tombstone, TransactionRow } from '@assent/engine'

/** What the store holds. Rows are frozen, so that they can be handed out as they are. */
export interface Tables {
  readonly transactions: Map<string, TransactionRow>
  /** Those that have not ended, so that claims and figures never look at the others. */
  readonly active: Map<string, TransactionRow>
  readonly tombstones: Map<string, Tombstone>
  /** When the lease of each incarnation runs out; one that ended stays, so that it is never revived. */
  readonly leases: Map<string, number>
  /** The store's time: epoch milliseconds, never backwards. */
  now(): number
}

export function createTables(clock: () => number): Tables {
  let latest = Number.NEGATIVE_INFINITY
  return {
    transactions: new Map(),
    active: new Map(),
    tombstones: new Map(),
    leases: new Map(),
    now() {
      latest = Math.max(latest, clock())
      return latest
    },
  }
}

export function put(tables: Tables, row: TransactionRow): void {
  Object.freeze(row)
  tables.transactions.set(row.gid, row)
  if (row.endedAt === null) tables.active.set(row.gid, row)
  else tables.active.delete(row.gid)
}
