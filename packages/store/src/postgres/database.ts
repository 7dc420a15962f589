import { Socket } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { StoreUnavailable } from '@assent/engine'
import pg from 'pg'
import type { Connections } from '../connections.ts'
import { prepareSession, type SessionSettings, STATEMENT_MAX_MS } from './session.ts'
import { isContention, isRefusedRow, wasRolledBack } from './sql-states.ts'
import type { Statement } from './statement.ts'
import { wordsOf } from './words.ts'

/** How long is waited, milliseconds. */
export interface Waits {
  /** For a connection: for one that is free, and for the server to take a new one. */
  connectMs: number
  /** For the answer to a statement; then the connection is given up. */
  answerMs: number
  /** Until a connection that rests is closed, if there are more than are kept. */
  idleMs: number
}

const WAITS: Waits = { connectMs: 5_000, answerMs: STATEMENT_MAX_MS + 5_000, idleMs: 10_000 }
/** After resting so long a connection is asked by the system whether its other end is still there. */
const KEEP_ALIVE_MS = 10_000
/** How long the server may take to close its end when the store is closed. */
const CLOSE_MAX_MS = 1_000
/** How often a statement is sent that others stand in the way of. */
const ATTEMPTS_MAX = 5

const BIGINT_OID = 20
/** Every bigint here is one that JavaScript holds exactly. */
const TYPES = {
  getTypeParser: (oid: number, format: 'text') =>
    oid === BIGINT_OID ? Number : pg.types.getTypeParser(oid, format),
} as pg.CustomTypesConfig

export interface DatabaseSettings extends SessionSettings {
  address: Pick<pg.ClientConfig, 'connectionString' | 'ssl'>
  connections: Connections
  waits?: Waits
}

/** The way to the server: a few connections, each made when it is needed and replaced when it fails. */
export class Database {
  private readonly settings: DatabaseSettings
  private readonly pool: pg.Pool
  private readonly sockets = new Set<Socket>()
  private readonly prepared = new WeakSet<pg.PoolClient>()
  private readonly running = new Set<Promise<unknown>>()

  constructor(settings: DatabaseSettings) {
    this.settings = settings
    const { address, connections, waits = WAITS } = settings
    this.pool = new pg.Pool({
      ...address,
      application_name: 'assent',
      max: connections.max,
      min: Math.min(connections.idleMax, connections.max),
      idleTimeoutMillis: waits.idleMs,
      maxLifetimeSeconds: connections.lifeMs / 1_000,
      connectionTimeoutMillis: waits.connectMs,
      query_timeout: waits.answerMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      // An open store that has nothing to do keeps no process alive.
      allowExitOnIdle: true,
      types: TYPES,
      stream: () => this.newSocket(),
    })
    // Whoever uses a connection hears of its failure by itself, and one that rests is replaced.
    this.pool.on('error', () => {})
    this.pool.on('connect', (client) => client.on('error', () => {}))
  }

  /** What is begun here ends before the connections do. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const promise = work()
    this.running.add(promise)
    try {
      return await promise
    } finally {
      this.running.delete(promise)
    }
  }

  /** Rejects with StoreUnavailable when there is no answer, for whatever reason. */
  async read<Row>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return await this.run(statement, values)
    } catch (error) {
      throw error instanceof StoreUnavailable ? error : unavailable(error)
    }
  }

  /**
   * One statement that may write; durable when it resolves. Rejects with StoreUnavailable when nothing was written,
   * with the server's own error when the values were refused (`isRefusedRow`), and with any other error when it is
   * unknown.
   */
  change<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return this.run(statement, values)
  }

  /** One connection for several statements. Rejects with StoreUnavailable when there is none. */
  async use<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.connect()
    try {
      const result = await work(client)
      client.release()
      return result
    } catch (error) {
      // Whatever state the session is in ends with it.
      client.release(true)
      throw error
    }
  }

  /** Waits for what is under way, which takes its time at most. Nothing is begun any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.running)
    // A process that has nothing else left to do would end amid this, and whoever closes never hear of it.
    for (const socket of this.sockets) socket.ref()
    await this.pool.end()
    const allClosed = Promise.all([...this.sockets].map((socket) => closed(socket)))
    await Promise.race([allClosed, after(CLOSE_MAX_MS, undefined, { ref: false })])
    for (const socket of this.sockets) socket.destroy()
  }

  private async run<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    for (let attempt = 1; ; attempt += 1) {
      const client = await this.connect()
      try {
        const { rows } = await client.query({ ...statement, values: [...values] })
        client.release()
        return rows
      } catch (error) {
        const isRefused = isRefusedRow(error)
        // What a failed connection has prepared may be what is wrong with it.
        client.release(!isRefused && !isContention(error))
        if (isContention(error) && attempt < ATTEMPTS_MAX) continue
        throw wasRolledBack(error) && !isRefused ? unavailable(error) : error
      }
    }
  }

  private async connect(): Promise<pg.PoolClient> {
    let client: pg.PoolClient | undefined
    try {
      client = await this.pool.connect()
      if (!this.prepared.has(client)) await prepareSession(client, this.settings)
      this.prepared.add(client)
      return client
    } catch (error) {
      client?.release(true)
      throw unavailable(error)
    }
  }

  private newSocket(): Socket {
    const socket = new Socket()
    this.sockets.add(socket)
    socket.once('close', () => this.sockets.delete(socket))
    return socket
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

function unavailable(cause: unknown): StoreUnavailable {
  return new StoreUnavailable(wordsOf(cause), { cause })
}
