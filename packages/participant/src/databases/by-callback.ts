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

/** How the barrier's statements are sent. */
export interface Sending {
  first(session: Session, statements: readonly Statement[]): Promise<StatementResult[]>
  /** Its promise may end before this was answered, where somebody else sees to it. */
  last(session: Session, statement: Statement): Promise<void>
}

/**
 * `Database.transact` for a library that sends BEGIN and COMMIT itself: every statement takes a round trip of
 * its own, two more than the business alone.
 */
export async function transactByCallback<Transaction, T>(
  open: OpenTransaction<Transaction>,
  sessionOf: (transaction: Transaction) => Session,
  plan: Plan<Transaction, T>,
  sending: Sending = ONE_BY_ONE,
): Promise<T> {
  let isOpen = false
  let rolledBack: RolledBack<T> | undefined
  try {
    return await open(async (transaction) => {
      isOpen = true
      const ending = await follow(plan, transaction, sessionOf(transaction), sending)
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
  sending: Sending,
): Promise<Ending<T>> {
  const opened: Opened<Transaction> = { transaction, session, results: await sending.first(session, first) }
  const ending = await work(opened)
  if (ending.keep) await sending.last(session, ending.last)
  return ending
}

const ONE_BY_ONE: Sending = {
  first: inOrder,
  last: async (session, statement) => mustHaveCount(await session.run(statement)),
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
