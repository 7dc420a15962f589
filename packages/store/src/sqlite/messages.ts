import type { ListQuery } from '@assent/contract'
import type { OwnedPage, Store, StoreSummary, Tombstone, TransactionRow } from '@assent/engine'
import type { Page } from '../page.ts'
import type { Cells } from './cells.ts'
import type { Found } from './list.ts'
import type { Settings } from './open.ts'
import type { Exceptions } from './write.ts'

/** What the worker can be asked, with what it answers. */
export interface Methods {
  open(settings: Settings): void
  write(cells: Cells): Exceptions
  read(gids: readonly string[]): (TransactionRow | undefined)[]
  readTombstones(gids: readonly string[]): (Tombstone | undefined)[]
  list(query: ListQuery, page: Page): Promise<Found>
  register(incarnation: string, leaseMs: number): { now: number }
  heartbeat(incarnation: string, leaseMs: number): { alive: boolean; now: number }
  retire(incarnation: string): void
  claim(claim: Parameters<Store['claim']>[0]): TransactionRow[]
  owned(owned: Parameters<Store['owned']>[0]): OwnedPage
  nextDueAt(applications: readonly string[]): number | null
  sweep(sweep: Parameters<Store['sweep']>[0]): { swept: number; forgotten: number }
  summary(): StoreSummary
  ping(): void
  proveRoom(): void
  close(): void
}

export type Method = keyof Methods

export interface Request {
  id: number
  method: Method
  args: unknown[]
}

/**
 * `unavailable`: nothing was written, and it may work later. `unusable`: the database can't be
 * opened as it is. `broken`: nobody knows what was written, and the worker ends.
 */
export type FailureKind = 'unavailable' | 'unusable' | 'broken'

export type Reply = { id: number } & ({ value: unknown } | { failure: FailureKind; message: string })
