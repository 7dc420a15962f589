import { transactByCallback } from './by-callback.ts'
import {
  type Database,
  isolationLevel,
  numbered,
  type Plan,
  type Row,
  type Session,
  type StatementResult,
} from './database.ts'
import { guarded } from './postgres-js-guard.ts'
import { failingUnlessOne, lostOr } from './postgres-last.ts'
import { inlined } from './postgres-literals.ts'
import { ROW_WAIT_MAX_MS, type RowWaitOptions, waitingBoundedly } from './postgres-waits.ts'

/** What is needed of a transaction of postgres.js. */
export interface PostgresJsTransaction {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's overloads fit nothing narrower
  unsafe(text: string, values?: any[], options?: { prepare?: boolean }): PromiseLike<any>
}

/** What is needed of postgres.js, as `postgres(url)` gives it. */
export interface PostgresJs<Transaction> {
  // biome-ignore lint/suspicious/noExplicitAny: what the work comes to passes through
  begin(options: string, work: (transaction: Transaction) => Promise<any>): Promise<any>
}

type PostgresJsResult = readonly Row[] & { count: number | null }

/**
 * A database through postgres.js; the business function gets its `TransactionSql`.
 *
 *     const barrier = sqlBarrier(postgresJs(postgres(url)))
 *
 * The driver waits for BEGIN, so that the barrier's first statement takes a round trip of its own. Its last
 * is sent together with COMMIT.
 */
export function postgresJs<Transaction extends PostgresJsTransaction>(
  sql: PostgresJs<Transaction>,
  { rowWaitMaxMs = ROW_WAIT_MAX_MS }: RowWaitOptions = {},
): Database<Transaction> {
  return { dialect: 'postgres', transact: (plan) => transact(sql, plan, rowWaitMaxMs) }
}

async function transact<Transaction extends PostgresJsTransaction, T>(
  sql: PostgresJs<Transaction>,
  plan: Plan<Transaction, T>,
  rowWaitMaxMs: number,
): Promise<T> {
  let last: Promise<unknown> | undefined
  const value = await transactByCallback<Transaction, T>(
    (work) => begin(sql, isolationLevel(plan.isolation), work),
    plainSession,
    plan,
    {
      // Sent at once. PostgreSQL refuses whatever comes behind one that fails.
      first: async (session, statements) => {
        const bounded = waitingBoundedly(statements, rowWaitMaxMs)
        return (await Promise.all(bounded.map((each) => session.run(each)))).slice(1, -1)
      },
      last: async (session, statement) => {
        last = session.run(failingUnlessOne(statement))
        // Looked at below. Where it fails, the COMMIT behind it rolls back.
        last.catch(() => {})
      },
    },
  )
  await last?.catch((thrown) => {
    throw lostOr(thrown)
  })
  return value
}

/**
 * The driver rejects at once when the connection is gone, while the work still runs, and would then send what
 * the work sends, and the COMMIT or ROLLBACK behind it. So nothing of the work is let through from there on,
 * its end included.
 */
async function begin<Transaction extends PostgresJsTransaction, T>(
  sql: PostgresJs<Transaction>,
  options: string,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  let isGone = false
  try {
    return await sql.begin(options, (transaction) => {
      const worked = work(guarded(transaction, () => isGone))
      return new Promise<T>((resolve, reject) => {
        worked.then(
          (value) => isGone || resolve(value),
          (thrown) => isGone || reject(thrown),
        )
      })
    })
  } finally {
    isGone = true
  }
}

/** Without parameters a statement takes one round trip on a new connection too, and behind a pooler. */
function plainSession(transaction: PostgresJsTransaction): Session {
  return {
    dialect: 'postgres',
    run: async (statement) => resultOf(await transaction.unsafe(inlined(statement))),
  }
}

function resultOf(result: PostgresJsResult): StatementResult {
  return { rows: result, count: result.count ?? 0 }
}

/** A transaction of postgres.js, by its shape: only that one can make savepoints. */
export function postgresJsSession(transaction: unknown): Session | undefined {
  if (typeof transaction !== 'function') return undefined
  const { savepoint, unsafe } = transaction as unknown as Record<string, unknown>
  if (typeof savepoint !== 'function' || typeof unsafe !== 'function') return undefined
  const within = transaction as unknown as PostgresJsTransaction
  return {
    dialect: 'postgres',
    run: async (statement) => resultOf(await within.unsafe(numbered(statement), [...statement.values])),
  }
}
