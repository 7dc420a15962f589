import { BarrierUnavailable } from '../barrier/barrier.ts'
import {
  type Ending,
  mustHaveCount,
  type Opened,
  type Plan,
  type Session,
  type Statement,
  type StatementResult,
} from './database.ts'

/** The library's own call: opens a transaction, runs the work in it, commits, and rolls back what throws. */
export type OpenTransaction<Transaction> = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>

/** Makes a library roll back work that went well. */
class RolledBack<T> extends Error {
  readonly value: T

  constructor(value: T) {
    super('rolled back as asked')
    this.value = value
  }
}

/** Sends the last statement; its promise may end before that was answered, where somebody else sees to it. */
export type SendLast = (session: Session, last: Statement) => Promise<void>

/**
 * `Database.transact` for a library that sends BEGIN and COMMIT itself: every statement takes a round trip of
 * its own, two more than the business alone.
 */
export async function transactByCallback<Transaction, T>(
  open: OpenTransaction<Transaction>,
  sessionOf: (transaction: Transaction) => Session,
  plan: Plan<Transaction, T>,
  sendLast: SendLast = awaitLast,
): Promise<T> {
  let isOpen = false
  let rolledBack: RolledBack<T> | undefined
  try {
    return await open(async (transaction) => {
      isOpen = true
      const ending = await follow(plan, transaction, sessionOf(transaction), sendLast)
      if (ending.keep) return ending.value
      rolledBack = new RolledBack(ending.value)
      throw rolledBack
    })
  } catch (thrown) {
    // Whatever the library has wrapped it in.
    if (rolledBack) return rolledBack.value
    if (isOpen) throw thrown
    throw new BarrierUnavailable('no transaction could be opened', { cause: thrown })
  }
}

/** Runs a plan in a transaction that is open, all but its commit. */
async function follow<Transaction, T>(
  { first, work }: Plan<Transaction, T>,
  transaction: Transaction,
  session: Session,
  sendLast: SendLast,
): Promise<Ending<T>> {
  const opened: Opened<Transaction> = { transaction, session, results: await inOrder(session, first) }
  const ending = await work(opened)
  if (ending.keep) await sendLast(session, ending.last)
  return ending
}

async function awaitLast(session: Session, last: Statement): Promise<void> {
  mustHaveCount(await session.run(last))
}

/** One after another, each once the one before it is through. */
export async function inOrder(
  session: Session,
  statements: readonly Statement[],
): Promise<StatementResult[]> {
  const results: StatementResult[] = []
  for (const statement of statements) results.push(await session.run(statement))
  return results
}
