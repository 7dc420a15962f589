import { type Taken, transactByConnection } from './by-connection.ts'
import {
  type Database,
  isolationLevel,
  numbered,
  type Row,
  type Session,
  type Statement,
  type StatementResult,
  WorkLost,
} from './database.ts'
import { failingUnlessOne, lostOr } from './postgres-last.ts'
import { inlined } from './postgres-literals.ts'
import { ROW_WAIT_MAX_MS, type RowWaitOptions, waitingBoundedly } from './postgres-waits.ts'

interface PgResult {
  rows: Row[]
  rowCount: number | null
}

/** What is needed of a client of `pg`. */
export interface PgClient {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's overloads fit nothing narrower
  query(text: string, values?: any[]): Promise<any>
}

export interface PgPoolClient extends PgClient {
  release(error?: boolean): void
  on(event: 'error', listener: () => void): unknown
  removeListener(event: 'error', listener: () => void): unknown
  /** Since pg 8.17: `I` outside a transaction. */
  getTransactionStatus?(): string | null
}

/** What is needed of a `Pool` of `pg`. */
export interface PgPool {
  connect(): Promise<PgClient>
}

/** What a pool's `connect()` gives; the driver has a second signature of it, with a callback. */
// biome-ignore lint/suspicious/noExplicitAny: it is told from the other by its parameters alone
export type ClientOf<Pool> = Pool extends { connect: { (): Promise<infer Client>; (callback: any): any } }
  ? Client
  : Pool extends { connect(): Promise<infer Client> }
    ? Client
    : never

/**
 * A database through a `Pool` of `pg`; the business function gets its `PoolClient`.
 *
 *     const barrier = sqlBarrier(pg(new Pool({ connectionString })))
 *
 * BEGIN goes with the barrier's first statement and COMMIT with its last: no round trip is added.
 */
export function pg<Pool extends PgPool>(
  pool: Pool,
  { rowWaitMaxMs = ROW_WAIT_MAX_MS }: RowWaitOptions = {},
): Database<ClientOf<Pool>> {
  const take = async () => taken((await pool.connect()) as PgPoolClient, rowWaitMaxMs)
  return {
    dialect: 'postgres',
    transact: (plan) => transactByConnection(take as () => Promise<Taken<ClientOf<Pool>>>, plan),
  }
}

function taken(client: PgPoolClient, rowWaitMaxMs: number): Taken<PgPoolClient> {
  // A connection that breaks while no query is under way says so by an event, which nobody else hears now;
  // the next query says it too.
  client.on('error', ignore)
  return {
    transaction: client,
    session: sessionOn(client),
    begin: async (isolation, first) => {
      const bounded = waitingBoundedly(first, rowWaitMaxMs).map(inlined)
      const begun = await together(client, [`BEGIN ${isolationLevel(isolation)}`, ...bounded])
      return begun.slice(2, -1)
    },
    commit: async (last) => {
      if (client.getTransactionStatus?.() === 'I') throw new WorkLost()
      try {
        await together(client, [inlined(failingUnlessOne(last)), 'COMMIT'])
      } catch (thrown) {
        throw lostOr(thrown)
      }
    },
    rollback: async () => {
      await client.query('ROLLBACK')
    },
    release: (isSound) => {
      client.removeListener('error', ignore)
      client.release(!isSound)
    },
  }
}

function ignore(): void {}

/** In one message: those behind one that fails are not run. */
async function together(client: PgClient, texts: readonly string[]): Promise<StatementResult[]> {
  const results: PgResult | PgResult[] = await client.query(texts.join(';\n'))
  return [results].flat().map(resultOf)
}

function resultOf({ rows, rowCount }: PgResult): StatementResult {
  return { rows, count: rowCount ?? 0 }
}

export function sessionOn(client: PgClient): Session {
  return {
    dialect: 'postgres',
    run: async (statement: Statement) =>
      resultOf(await client.query(numbered(statement), [...statement.values])),
  }
}

/** A client of `pg`, by its shape. */
export function pgSession(transaction: unknown): Session | undefined {
  if (typeof transaction !== 'object' || transaction === null) return undefined
  const { query, escapeLiteral, connection } = transaction as Record<string, unknown>
  // A pool has neither of the two.
  const isClient = typeof escapeLiteral === 'function' && typeof connection === 'object'
  return typeof query === 'function' && isClient ? sessionOn(transaction as PgClient) : undefined
}
