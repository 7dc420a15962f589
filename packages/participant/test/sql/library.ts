import type { Database, Dialect } from '../../src/databases/database.ts'

/** A driver or query builder that the barrier is tried with. */
export interface Library<Transaction> {
  name: string
  dialect: Dialect
  /** Connects one process of a service, with at most so many connections at once. */
  open(url: string, connectionsMax: number): Promise<Opened<Transaction>> | Opened<Transaction>
}

export interface Opened<Transaction> {
  database: Database<Transaction>
  /** Leaves a line in `effects`, in the library's own way. */
  leave(transaction: Transaction, what: string): Promise<unknown>
  /** Runs work in a transaction without the barrier, as the library's own pages show it. */
  bare?(work: (transaction: Transaction) => Promise<unknown>): Promise<void>
  close(): Promise<unknown>
}
