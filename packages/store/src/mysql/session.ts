import type { Socket } from 'node:net'
import { StoreUnavailable } from '@assent/engine'
import type { Connection, QueryOptions, UpsertResult } from 'mariadb'
import type { Address } from './address.ts'
import { type Connected, connect } from './connect.ts'
import { type Dialect, dialectOf } from './dialect.ts'

/** What one statement may take, milliseconds. */
export const STATEMENT_MAX_MS = 15_000
/** How much later the answer must be here: a server that has gone silent is given up then. */
const ANSWER_DELAY_MAX_MS = 5_000
/** What one statement may wait for what another transaction holds; MySQL counts whole seconds. */
const LOCK_WAIT_MAX_SECONDS = 3

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
  private statementMaxMs = STATEMENT_MAX_MS
  private brokenBy: Error | undefined

  private constructor({ connection, socket }: Connected) {
    this.connection = connection
    this.dialect = dialectOf(connection.info)
    this.socket = socket
    connection.on('error', (error) => this.break(error))
    connection.on('end', () => this.break(new Error('the server closed the connection')))
  }

  static async open(address: Address): Promise<Session> {
    const session = new Session(await connect(address))
    try {
      await session.begin()
      return session
    } catch (error) {
      session.break(error as Error)
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

  /** What a statement may take from now on. */
  async allow(milliseconds: number): Promise<void> {
    this.statementMaxMs = milliseconds
    await this.run(`SET SESSION ${this.dialect.statementLimit(milliseconds)}`)
  }

  private async begin(): Promise<void> {
    await this.run('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
    await this.run(`SET SESSION
      autocommit = 0,
      sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
      sql_safe_updates = 0,
      innodb_lock_wait_timeout = ${LOCK_WAIT_MAX_SECONDS},
      lock_wait_timeout = ${LOCK_WAIT_MAX_SECONDS}`)
    await this.allow(STATEMENT_MAX_MS)
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
      const maxMs = this.statementMaxMs + ANSWER_DELAY_MAX_MS
      const timer = setTimeout(
        () => this.break(new Error(`the server gave no answer within ${maxMs} ms`)),
        maxMs,
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
