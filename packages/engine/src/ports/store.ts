import type { ListQuery, Mode, Status } from '@assent/contract'

/** What the store can ask about a transaction without reading its state. */
export interface TransactionColumns {
  gid: string
  status: Status
  mode: Mode
  /** '' when the transaction has no name. */
  name: string
  /** Who can drive it: '' is any coordinator, otherwise the application whose functions it calls. */
  application: string
  labels: Readonly<Record<string, string>>
  /** Epoch milliseconds, as are all times here. */
  createdAt: number
  updatedAt: number
  /** When a transaction that nobody owns must be taken up; null: never, it has ended. */
  dueAt: number | null
  /** null until it has ended. */
  endedAt: number | null
  attention: boolean
  /** Hash of what it was started with. */
  content: string
}

/** One transaction as the store holds it. */
export interface TransactionRow extends TransactionColumns {
  /** Starts at 1 and grows by one with each write: the fence. */
  version: number
  /** Names the write that put it there. */
  writeId: string
  /** The incarnation that drives it, or null. */
  owner: string | null
  /** The whole transaction, as text that the store doesn't read. */
  state: string
}

/** A conditional write: it happens only if the row still has version `expect`. */
export interface TransactionWrite extends TransactionColumns {
  /** The version that the writer saw; 0: the gid must be new, neither a row nor a tombstone has it. */
  expect: number
  writeId: string
  owner: string | null
  state: string
}

/** What is left of a transaction after its retention. */
export interface Tombstone {
  gid: string
  content: string
  status: Status
  endedAt: number
}

export type WriteAnswer =
  /** Durable, as version `expect + 1`. */
  | { outcome: 'stored' }
  /** Not written: `row` is what stands there, `tombstone` what is left of it; neither: nothing is there. */
  | {
      outcome: 'conflict'
      row?: Pick<TransactionRow, 'version' | 'owner' | 'writeId'>
      tombstone?: Tombstone
    }
  /** Not written, and never will be: the backend can't hold this row. */
  | { outcome: 'invalid'; reason: string }

export interface StorePage {
  rows: readonly TransactionRow[]
  nextCursor?: string
  totalCount?: number
}

/** Some of what an incarnation owns, as the store knows it. */
export interface OwnedPage {
  transactions: readonly Pick<TransactionRow, 'gid' | 'version'>[]
  /** Absent when there is no more. */
  nextCursor?: string
}

/** Figures for operators, as of now. */
export interface StoreSummary {
  /** Transactions that have not ended, by status. */
  active: Readonly<Partial<Record<Status, number>>>
  /** When the oldest transaction that has not ended was created; null without one. */
  oldestUndecidedAt: number | null
  attention: number
}

/**
 * A way into a database transaction that somebody else has opened and will end. Each `?` of a statement is one of its
 * values, in their order. Numbers may come back as text or bigint, and text as bytes.
 */
export interface OpenTransaction {
  readonly dialect: 'postgres' | 'mysql' | 'sqlite'
  /** Rejects with what the driver threw. */
  run(statement: {
    sql: string
    values: readonly (string | number | Uint8Array | null)[]
    /** What is wanted of it: the rows that it answers, or how many it changed. */
    answers: 'rows' | 'count'
  }): Promise<{ rows: readonly Readonly<Record<string, unknown>>[] }>
}

export type WithinAnswer =
  /** It is there once that transaction commits. */
  | { outcome: 'written' }
  /** Nothing was written: the gid has a row, or a tombstone. */
  | { outcome: 'standing'; content: string; status: Status }
  /** Nothing was written, and never will be: the backend can't hold this row. */
  | { outcome: 'invalid'; reason: string }

/**
 * The batch, or the reading, did not happen, and the store knows it: nothing was written. Any other error
 * that a store throws means *unknown*, and the writer reads back.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/**
 * How transactions are kept. Every method may fail: see StoreUnavailable. None waits without end: a server that does
 * not answer in time has failed.
 */
export interface Store {
  /** `memory`, `sqlite`, `postgres` … */
  readonly kind: string
  /** Durability given up by someone who switched it on by name; `/ready` shows them. */
  readonly weaknesses: readonly string[]

  /**
   * Throws AssentError STORE_IN_USE or STORE_INVALID, and StoreUnavailable when a database server can't be reached
   * now: it may be called again then. A store that only one process can own forgets the incarnations of earlier
   * processes here, so that what they drove is taken up at once.
   */
  open(): Promise<void>

  /**
   * Makes a batch durable and answers for each write, in order. A batch is for speed, never for atomicity:
   * each write stands alone, and a gid occurs at most once in a batch, or nothing of it is written.
   */
  write(batch: readonly TransactionWrite[]): Promise<readonly WriteAnswer[]>

  /**
   * Writes a new row through a database transaction of somebody else's: it is there if and only if that one commits, and
   * as durable as its commit. Takes no lock on what stands there already. Where `incarnation`, which must be alive, is
   * not known to that database it is another one: throws AssentError INVALID_REQUEST. Also throws whatever `within` does.
   *
   * Absent where no application could have a transaction in the store's database.
   */
  writeWithin?(within: OpenTransaction, write: TransactionWrite, incarnation: string): Promise<WithinAnswer>

  /** Rows in the order of the gids, undefined where there is none. */
  read(gids: readonly string[]): Promise<readonly (TransactionRow | undefined)[]>

  /** Tombstones in the order of the gids. */
  readTombstones(gids: readonly string[]): Promise<readonly (Tombstone | undefined)[]>

  /**
   * Newest first by `createdAt`, then by gid in reverse. A cursor pages on behind the last row seen. A page of
   * very large states may be shorter than its limit: `nextCursor` says whether there is more. Throws AssentError
   * INVALID_REQUEST for a cursor that it did not make, and for a limit or an offset that can't be.
   */
  list(query: ListQuery): Promise<StorePage>

  /**
   * Enters a new incarnation; `now` is the store's time. Repeated while the lease runs it renews it, once it has
   * run out it changes nothing.
   */
  register(incarnation: string, leaseMs: number): Promise<{ now: number }>

  /** Renews the lease, unless it has run out: then `alive` is false for good. */
  heartbeat(incarnation: string, leaseMs: number): Promise<{ alive: boolean; now: number }>

  /** Ends an incarnation: what it still owns may be claimed at once. */
  retire(incarnation: string): Promise<void>

  /**
   * Gives transactions that have not ended to this incarnation, oldest due first, and raises their version:
   * those without an owner that are due by the store's time, and those whose owner's lease has run out or
   * was never registered. Only applications that are listed, and '' is not implied. A caller whose own lease
   * has run out gets none; where states are very large there may be fewer than `limit`.
   */
  claim(claim: {
    incarnation: string
    applications: readonly string[]
    limit: number
    writeId: string
  }): Promise<readonly TransactionRow[]>

  /**
   * What this incarnation owns and has not ended, alive or not, without its states: a page of at most `limit`, in an
   * order of the store's own, and on behind `cursor`. A page may be shorter, or empty: `nextCursor` says whether
   * there is more. A walk to the end names each transaction that is owned all the while and that nobody writes
   * meanwhile exactly once; one that is written may be missing or come twice.
   */
  owned(owned: { incarnation: string; limit: number; cursor?: string }): Promise<OwnedPage>

  /** When the next transaction without an owner is due; null when none waits. */
  nextDueAt(applications: readonly string[]): Promise<number | null>

  /** Turns ended transactions into tombstones, and forgets old tombstones; at most `limit` of each. */
  sweep(sweep: {
    endedBefore: number
    tombstonesBefore: number
    limit: number
  }): Promise<{ swept: number; forgotten: number }>

  summary(): Promise<StoreSummary>

  /** Resolves when the store really answered. */
  ping(): Promise<void>

  /** Frees everything; what was answered stays durable. */
  close(): Promise<void>
}
