import type { CallId } from '../barrier/call.ts'
import type { Session, Statement } from '../databases/database.ts'

/** A branch by its two names. */
export type BranchId = Pick<CallId, 'gid' | 'branchId'>

/**
 * One attempt at the prepare of a branch. What it prepares is called by all three, so that who ends the work of an
 * attempt can't hit that of a later one, however late his word arrives.
 */
export interface AttemptId extends BranchId {
  token: string
}

/** What PostgreSQL and MySQL each do in a way of their own with transactions that are prepared. */
export interface XaDialect {
  /** Longer ones find no room in the names of prepared transactions. */
  branchIdMaxLength: number
  /** Learns what it has to know of the server; throws BarrierUnavailable where it can prepare nothing. */
  check(session: Session): Promise<void>
  /** Creates the table of registrations where it is missing. */
  createRegistrations(table: string): readonly Statement[]
  /** Behind the VALUES of an INSERT: leaves a row that is there as it is. */
  unlessThere: string
  /** Behind a WHERE: true while the database holds what the attempt prepared, where a statement can tell. */
  whilePrepared(attempt: AttemptId): Pick<Statement, 'sql' | 'values'>
  /** Bounds what the statements behind it wait for rows that are held. */
  limitWaits(timeoutMs: number): readonly Statement[]
  /** Takes that back, where the end of the transaction doesn't. */
  unlimitWaits: readonly Statement[]

  /** Opens the transaction at READ COMMITTED. */
  begin(session: Session, attempt: AttemptId): Promise<void>
  /** Prepares what was begun. Throws unless the database holds it from here on. */
  prepare(session: Session, attempt: AttemptId): Promise<void>
  /** Rolls back what was begun and not prepared. */
  abandon(session: Session, attempt: AttemptId): Promise<void>
  /** Whether a connection can be used again once it has prepared. */
  keepsConnections: boolean

  /** Ends what was prepared, on any connection. Answers whether there was anything. */
  end(session: Session, attempt: AttemptId, how: 'commit' | 'rollback'): Promise<boolean>
  /** This service's prepared transactions in this database. */
  prepared(session: Session): Promise<readonly AttemptId[]>
}
