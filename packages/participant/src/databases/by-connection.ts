import { BarrierUnavailable } from '../barrier/barrier.ts'
import { revocable } from './connection-guard.ts'
import type { Isolation, Plan, Session, Statement, StatementResult } from './database.ts'

/** A connection that was taken from a pool for one transaction. */
export interface Taken<Transaction> {
  transaction: Transaction
  session: Session
  /** Opens the transaction and runs these in it. What fails, fails before the next is run. */
  begin(isolation: Isolation, first: readonly Statement[]): Promise<readonly StatementResult[]>
  /** Runs this one and commits, if it did not fail. Throws WorkLost where it had another count than 1. */
  commit(last: Statement): Promise<void>
  rollback(): Promise<void>
  /** Gives the connection back; one that is not sound is closed, and whatever it has open ends with it. */
  release(isSound: boolean): void
}

/** `Database.transact` for a driver whose connections are taken from a pool, and told BEGIN and COMMIT by us. */
export async function transactByConnection<Transaction, T>(
  take: () => Promise<Taken<Transaction>>,
  plan: Plan<Transaction, T>,
): Promise<T> {
  const taken = await takenFrom(take)
  let isSound = true
  let isOver = false
  const transaction = revocable(taken.transaction, () => isOver)
  const rollBack = async () => {
    try {
      await taken.rollback()
    } catch {
      isSound = false
    }
  }
  try {
    const results = await taken.begin(plan.isolation, plan.first)
    const ending = await plan.work({ transaction, session: taken.session, results }).finally(() => {
      isOver = true
    })
    if (ending.keep) await taken.commit(ending.last)
    else await rollBack()
    return ending.value
  } catch (thrown) {
    await rollBack()
    throw thrown
  } finally {
    taken.release(isSound)
  }
}

async function takenFrom<Transaction>(take: () => Promise<Taken<Transaction>>): Promise<Taken<Transaction>> {
  try {
    return await take()
  } catch (cause) {
    throw new BarrierUnavailable('no connection to the database could be had', { cause })
  }
}
