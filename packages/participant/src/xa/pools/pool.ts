import type { Database, Session } from '../../databases/database.ts'

/** A connection that is ours alone until it is released. */
export interface XaConnection<Connection> {
  /** The library's own object, as the business function gets it. */
  connection: Connection
  session: Session
  /** Gives it back; one that is not sound is closed, and what it has open and not prepared ends with it. */
  release(isSound: boolean): void
}

/** A service's pool: for transactions that end by themselves, and for those that are prepared. */
export interface XaPool<Connection> {
  database: Database<unknown>
  /** Outside of any transaction. */
  take(): Promise<XaConnection<Connection>>
}
