import { Refused } from '@assent/contract'
import { expect, it } from 'vitest'
import { sqlBarrier } from '../../src/barrier/sql/barrier.ts'
import type { Database } from '../../src/databases/database.ts'
import { callOf } from '../accounts.ts'
import type { Process, Service } from './service.ts'

const REFUSAL = { code: 'NO_FUNDS', message: 'has 3, needs 30', details: { cents: 3 } }

export function aRefusal<Transaction>(service: () => Service<Transaction>): void {
  const refuse = (process: Process<Transaction>) => async (transaction: Transaction) => {
    await process.leave(transaction, 'before the refusal')
    throw new Refused(REFUSAL.code, REFUSAL.message, REFUSAL.details)
  }

  it('undoes what the business did, and is given to every repeat although it could be done by then', async () => {
    const { one, effects } = service()
    const answer = await one.barrier.run(callOf('action'), refuse(one))
    expect(answer).toEqual({ case: 'refused', outcome: 'refused', refusal: REFUSAL })
    expect(await one.call('action')).toEqual({ case: 'duplicate', outcome: 'refused', refusal: REFUSAL })
    expect(await effects()).toEqual([])
  })

  it('is the same to a hundred who ask at the same time', async () => {
    const { one, other, effects } = service()
    const calls = Array.from({ length: 100 }, (_, turn) => {
      const process = turn % 2 === 0 ? one : other
      return process.barrier.run(callOf('action'), refuse(process))
    })
    for (const answer of await Promise.all(calls)) expect(answer).toMatchObject({ refusal: REFUSAL })
    expect(await effects()).toEqual([])
  })

  it('gives way to the answer that another process kept in the meantime', async () => {
    const { one, other, effects } = service()
    const barrier = sqlBarrier(afterRollback(one.database, () => other.call('action')))
    const answer = await barrier.run(callOf('action'), refuse(one))
    expect(answer).toEqual({ case: 'duplicate', outcome: 'done', result: { did: 'action' } })
    expect(await effects()).toEqual(['action'])
  })

  it('gives way to an undo that came in the meantime', async () => {
    const { one, other, effects } = service()
    const barrier = sqlBarrier(afterRollback(one.database, () => other.call('compensate')))
    expect(await barrier.run(callOf('action'), refuse(one))).toMatchObject({ case: 'late' })
    expect(await other.call('compensate')).toEqual({ case: 'duplicate', outcome: 'done' })
    expect(await effects()).toEqual([])
  })

  it('of an undo is not kept, for it must finish', async () => {
    const { one, effects } = service()
    await one.call('try')
    expect(await one.barrier.run(callOf('cancel'), refuse(one))).toMatchObject({ case: 'refused' })
    expect(await one.call('cancel')).toMatchObject({ case: 'executed' })
    expect(await effects()).toEqual(['try', 'cancel'])
  })
}

/** The database, and something that another process gets done just when this one has rolled back. */
function afterRollback<Transaction>(
  database: Database<Transaction>,
  meanwhile: () => Promise<unknown>,
): Database<Transaction> {
  return {
    dialect: database.dialect,
    transact: async (plan) => {
      try {
        return await database.transact(plan)
      } catch (thrown) {
        await meanwhile()
        throw thrown
      }
    },
  }
}
