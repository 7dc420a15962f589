import { Socket } from 'node:net'
import { StoreUnavailable } from '@assent/engine'
import type { Connection, QueryOptions, UpsertResult } from 'mariadb'
import type { Address } from './address.ts'
import { type Dialect, dialectOf } from './dialect.ts'

/** How long a server may take to answer at all and to let us in, milliseconds. */
export const CONNECT_MAX_MS = 5_000
/** What one statement may take, milliseconds. */
const STATEMENT_MAX_MS = 15_000
/** What one statement may wait for a row that another transaction holds; MySQL counts whole seconds. */
const LOCK_WAIT_MAX_SECONDS = 3
/** By then the answer must be here: a server that has gone silent is given up. */
const ANSWER_MAX_MS = STATEMENT_MAX_MS + 5_000
/** After resting so long a connection is asked by the system whether its other end is still there. */
const KEEP_ALIVE_MS = 10_000
/** Far more than any row or statement here: what it bounds is a server that has gone mad. */
const PACKET_MAX_BYTES = 64 * 1024 * 1024

/** A value as a statement takes it. */
export type Value = string | number | null | Buffer

/** Whether a server takes no writes, as a number or in words. */
export type ReadOnly = number | string

/** Throws StoreUnavailable for a server that takes none. */
export function assertWritable(readOnly: ReadOnly | undefined): void {
  if (readOnly !== 0 && readOnly !== 'OFF') {
    throw new StoreUnavailable('the server is read-only, as a replica is')
  }
}

/** One connection, set up as every statement here expects it. Its statements are answered in the order of the calls. */
export class Session {
  readonly dialect: Dialect
  readonly connection: Connection
  readonly beganAt = performance.now()
  /** The largest packet that the server takes. */
  packetBytes = 0
  /** Called once, when it can not be used any more. */
  onBroken: () => void = () => {}
  private readonly socket: Socket
  private readonly waiting = new Set<(error: Error) => void>()
  private readonly prepared = new Set<string>()
  private brokenBy: Error | undefined

  private constructor(connection: Connection, socket: Socket) {
    this.connection = connection
    this.dialect = dialectOf(connection.info)
    this.socket = socket
    connection.on('error', (error) => this.break(error))
    connection.on('end', () => this.break(new Error('the server closed the connection')))
  }

  static async open({ host, port, tls, ...account }: Address): Promise<Session> {
    const socket = new Socket()
    // The driver is loaded with the first connection, so that whoever keeps transactions elsewhere need not install it.
    const { createConnection } = await import('mariadb')
    try {
      const connection = await createConnection({
        user: account.user,
        password: account.password,
        database: account.database,
        ...(tls !== undefined && { ssl: tls }),
        stream: (use) => {
          socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
          use(undefined, socket.connect(port, host))
        },
        connectTimeout: CONNECT_MAX_MS,
        // A password that MySQL has not seen lately is encrypted for its key, which only TLS could vouch for.
        allowPublicKeyRetrieval: tls === undefined,
        collation: 'utf8mb4_bin',
        bigIntAsNumber: true,
        maxAllowedPacket: PACKET_MAX_BYTES,
        // Rows that were found count as affected, changed or not.
        foundRows: true,
      })
      const session = new Session(connection, socket)
      await session.prepareSession()
      return session
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  get isUsable(): boolean {
    return this.brokenBy === undefined
  }

  /** Rows of a statement that reads; `?` stands for a value, or for several with commas. */
  query<Row>(sql: string, values: readonly (Value | readonly Value[])[] = []): Promise<Row[]> {
    return this.answered(() => this.connection.query(sql, values))
  }

  /** How many rows a statement that writes has found. */
  async run(sql: string, values: readonly (Value | readonly Value[])[] = []): Promise<number> {
    const { affectedRows } = await this.answered<UpsertResult>(() => this.connection.query(sql, values))
    return affectedRows
  }

  /**
   * A statement for each row of values, sent at once; how many rows all have affected. What is called next may overtake
   * one that was not prepared.
   */
  async bulk(sql: string, rows: readonly (readonly Value[])[]): Promise<number> {
    if (rows.length === 0) return 0
    if (!this.prepared.has(sql)) await this.prepare([sql])
    // Which the driver's types do not know.
    const inSum: QueryOptions & { fullResult: boolean } = { sql, fullResult: false }
    const { affectedRows } = await this.answered<UpsertResult>(() => this.connection.batch(inSum, rows))
    return affectedRows
  }

  async prepare(statements: readonly string[]): Promise<void> {
    const missing = statements.filter((sql) => !this.prepared.has(sql))
    if (missing.length === 0) return
    // It stays in the driver's cache.
    await Promise.all(missing.map((sql) => this.answered(() => this.connection.prepare(sql))))
    for (const sql of missing) this.prepared.add(sql)
  }

  /** While it rests it keeps no process alive. */
  rest(isResting: boolean): void {
    if (isResting) this.socket.unref()
    else this.socket.ref()
  }

  /** Nothing may be on its way. */
  async close(): Promise<void> {
    this.onBroken = () => {}
    this.brokenBy ??= new Error('the connection is closed')
    // A process that has nothing else left to do would end amid this, and whoever closes never hear of it.
    this.socket.ref()
    await this.connection.end().catch(() => {})
    this.socket.destroy()
  }

  /** Ends it at once. What the server has begun without a commit, it undoes by itself. */
  break(error: Error): void {
    if (this.brokenBy !== undefined) return
    this.brokenBy = error
    this.socket.destroy(error)
    for (const reject of this.waiting) reject(error)
    this.waiting.clear()
    this.onBroken()
  }

  private async prepareSession(): Promise<void> {
    await this.run('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
    await this.run(`SET SESSION
      autocommit = 0,
      sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
      sql_safe_updates = 0,
      innodb_lock_wait_timeout = ${LOCK_WAIT_MAX_SECONDS},
      lock_wait_timeout = ${LOCK_WAIT_MAX_SECONDS},
      ${this.dialect.statementLimit(STATEMENT_MAX_MS)}`)
    const [server] = await this.query<{ readOnly: ReadOnly; packetBytes: number }>(
      'SELECT @@GLOBAL.read_only AS readOnly, @@SESSION.max_allowed_packet AS packetBytes',
    )
    assertWritable(server?.readOnly)
    this.packetBytes = server?.packetBytes ?? 0
  }

  private answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.brokenBy !== undefined) return reject(this.brokenBy)
      const settle = (): void => {
        clearTimeout(timer)
        this.waiting.delete(reject)
      }
      const timer = setTimeout(
        () => this.break(new Error(`the server gave no answer within ${ANSWER_MAX_MS} ms`)),
        ANSWER_MAX_MS,
      )
      this.waiting.add(reject)
      ask().then(
        (answer) => {
          settle()
          resolve(answer)
        },
        (error) => {
          settle()
          if (error.fatal) this.break(error)
          reject(error)
        },
      )
    })
  }
}
