import type { Barrier } from '../../src/barrier/barrier.ts'
import type { BarrierOperation } from '../../src/barrier/call.ts'
import type { Answer } from '../../src/barrier/decision.ts'
import { type SqlBarrierOptions, sqlBarrier } from '../../src/barrier/sql/barrier.ts'
import type { Session } from '../../src/databases/database.ts'
import { sessionOf } from '../../src/databases/session-of.ts'
import { callOf } from '../accounts.ts'
import { newDatabase, type TestDatabase } from './database.ts'
import type { Library, Opened } from './library.ts'

/** Enough that duplicates meet, few enough that some wait for a connection. */
const CONNECTIONS_MAX = 8

/** One process of a service. */
export interface Process<Transaction> extends Opened<Transaction> {
  barrier: Barrier<Transaction>
  /** Makes a call whose business leaves its operation as its line, and results in it. */
  call(op: BarrierOperation, branchId?: string): Promise<Answer>
}

/** A service of two processes, on a database of its own. */
export interface Service<Transaction> {
  one: Process<Transaction>
  other: Process<Transaction>
  database: TestDatabase
  /** Opens one more process; it is closed with the service. */
  start(options?: SqlBarrierOptions): Promise<Process<Transaction>>
  /** Every line that was left and kept, in order; with `prefix`, those that begin so. */
  effects(prefix?: string): Promise<string[]>
  rows(): Promise<Record<string, unknown>[]>
  /** As it was at first, but for the barrier's table, which stays. */
  clear(): Promise<void>
  close(): Promise<void>
}

export async function startService<Transaction>(
  library: Library<Transaction>,
  options: SqlBarrierOptions = {},
): Promise<Service<Transaction>> {
  const database = await newDatabase(library.dialect)
  const processes: Process<Transaction>[] = []
  const start: Service<Transaction>['start'] = async (own = {}) => {
    const opened = await library.open(database.url, CONNECTIONS_MAX)
    const started = processOf(opened, { ...options, ...own })
    processes.push(started)
    return started
  }
  return {
    one: await start(),
    other: await start(),
    database,
    start,
    effects: async (prefix = '') => {
      const rows = await database.run('SELECT what FROM effects ORDER BY number')
      return rows.map(({ what }) => String(what)).filter((what) => what.startsWith(prefix))
    },
    rows: () => database.run('SELECT op, place, state FROM assent_barrier ORDER BY op'),
    clear: async () => {
      // There is no table before the first call.
      await database.run('DELETE FROM effects', 'DELETE FROM assent_barrier').catch(() => {})
    },
    close: async () => {
      for (const each of processes) await each.close()
      await database.drop()
    },
  }
}

function processOf<Transaction>(
  opened: Opened<Transaction>,
  options: SqlBarrierOptions,
): Process<Transaction> {
  const barrier = sqlBarrier(opened.database, options)
  return {
    ...opened,
    barrier,
    call: (op, branchId) =>
      barrier.run(callOf(op, branchId), async (transaction) => {
        await opened.leave(transaction, op)
        return { did: op }
      }),
  }
}

/** The way into a transaction, as the library gives it. */
export function within(transaction: unknown): Session {
  const session = sessionOf(transaction)
  if (session === undefined) throw new Error('the transaction was not recognised')
  return session
}
