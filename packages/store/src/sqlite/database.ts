import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** How long to wait for a tool that holds a lock on the database. */
const BUSY_MS = 2_000
/** Pages that the write-ahead log gathers before they are copied into the database: 16 MiB. */
const CHECKPOINT_PAGES = 4_096
/** What the write-ahead log is cut down to after a burst. */
const LOG_KEPT_BYTES = 64 * 1024 * 1024
const CACHE_KIB = 16 * 1024

/** The one connection, its statements prepared once, and the store's time. */
export class Database {
  private readonly connection: DatabaseSync
  private readonly statements = new Map<string, StatementSync>()
  private latest: number

  /** `timeFloor`: the store's time is never before it. */
  constructor(path: string, timeFloor: number) {
    this.connection = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: false })
    this.latest = timeFloor
  }

  /**
   * Every commit is on the disk when it returns: `fullfsync` asks macOS for it, which else leaves it in the
   * drive's cache. `maxBytes` undefined: as large as the disk allows.
   */
  tune(maxBytes: number | undefined): void {
    this.connection.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA fullfsync = ON;
      PRAGMA checkpoint_fullfsync = ON;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA journal_size_limit = ${LOG_KEPT_BYTES};
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA temp_store = MEMORY;
    `)
    if (maxBytes !== undefined) {
      const pageBytes = this.number('PRAGMA page_size')
      this.connection.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`)
    }
  }

  /** Epoch milliseconds, never backwards. */
  now(): number {
    this.latest = Math.max(this.latest, Date.now())
    return this.latest
  }

  /** The prepared statement of this text. */
  sql(statement: string): StatementSync {
    let prepared = this.statements.get(statement)
    if (prepared === undefined) {
      prepared = this.connection.prepare(statement)
      this.statements.set(statement, prepared)
    }
    return prepared
  }

  /** The first column of the first row. */
  number(statement: string): number {
    return Number(this.text(statement))
  }

  /** The first column of the first row. */
  text(statement: string): string {
    const row = this.connection.prepare(statement).get()
    return String(Object.values(row ?? {})[0])
  }

  /** Statements without values or rows. */
  exec(statements: string): void {
    this.connection.exec(statements)
  }

  /**
   * All of it durable, or nothing: what it throws says that nothing was written. Only after an error of the
   * disk itself, or when it can not be rolled back, can nobody say.
   */
  transaction<Result>(work: () => Result): Result {
    this.sql('BEGIN IMMEDIATE').run()
    try {
      const result = work()
      this.sql('COMMIT').run()
      return result
    } catch (error) {
      this.rollback(error)
      throw error
    }
  }

  private rollback(cause: unknown): void {
    // Some errors end the transaction by themselves.
    if (!this.connection.isTransaction) return
    try {
      this.sql('ROLLBACK').run()
    } catch (failure) {
      // Without a result code of SQLite's, which would say more than is known.
      throw new Error(`${failure}, when it was to be rolled back after ${cause}`, { cause: failure })
    }
  }

  close(): void {
    this.statements.clear()
    if (this.connection.isOpen) this.connection.close()
  }
}
