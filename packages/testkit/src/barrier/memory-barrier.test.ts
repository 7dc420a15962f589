import { ongoing, Refused } from '@assent/contract'
import type { BarrierOperation, Call } from '@assent/participant'
import { beforeEach, describe, expect, it } from 'vitest'
import { memoryBarrier } from './memory-barrier.ts'

const call = (op: BarrierOperation): Call => ({
  gid: 'tx-1',
  branchId: 'pay',
  op,
  mode: 'saga',
  phase: 'one',
})
const action = call('action')
const undo: Call = { ...call('compensate'), phase: 'two' }

describe('a barrier over an object', () => {
  const bank = memoryBarrier({ alice: 100, log: ['opened'] })
  const take = (database: typeof bank.state) => {
    database.alice -= 30
    return { left: database.alice }
  }
  const giveBack = (database: typeof bank.state) => {
    database.alice += 30
  }
  beforeEach(() => bank.reset())

  it('does a call once and answers every repeat alike, at the same time too', async () => {
    const answers = await Promise.all([bank.run(action, take), bank.run(action, take)])
    expect(answers).toEqual([
      { case: 'executed', outcome: 'done', result: { left: 70 } },
      { case: 'duplicate', outcome: 'done', result: { left: 70 } },
    ])
    expect(bank.state.alice).toBe(70)
  })

  it('does not undo what never happened, and keeps it out from then on', async () => {
    expect(await bank.run(undo, giveBack)).toEqual({ case: 'empty', outcome: 'done' })
    expect(await bank.run(action, take)).toMatchObject({ case: 'late', outcome: 'refused' })
    expect(bank.state.alice).toBe(100)
  })

  it('takes back what was done before something was thrown, and forgets the call', async () => {
    const half = async (database: typeof bank.state) => {
      database.alice = 0
      database.log.push('half')
      await Promise.resolve()
      throw new Error('lost the connection')
    }
    await expect(bank.run(action, half)).rejects.toThrow('lost the connection')
    expect(bank.state).toEqual({ alice: 100, log: ['opened'] })
    expect(await bank.run(action, take)).toMatchObject({ case: 'executed' })
  })

  it('keeps a refusal, with nothing of the work, and undoes nothing behind it', async () => {
    const refuse = (database: typeof bank.state) => {
      database.alice = 0
      throw new Refused('CLOSED', 'the bank is closed')
    }
    const refusal = { code: 'CLOSED', message: 'the bank is closed' }
    expect(await bank.run(action, refuse)).toEqual({ case: 'refused', outcome: 'refused', refusal })
    expect(await bank.run(action, take)).toEqual({ case: 'duplicate', outcome: 'refused', refusal })
    expect(await bank.run(undo, giveBack)).toMatchObject({ case: 'empty' })
    expect(bank.state.alice).toBe(100)
  })

  it('is ongoing until it is completed, and then done', async () => {
    expect(await bank.run(action, () => ongoing({ retryAfterMs: 5 }))).toEqual({
      case: 'ongoing',
      outcome: 'ongoing',
      retryAfterMs: 5,
    })
    expect(await bank.run(undo, giveBack)).toMatchObject({ outcome: 'ongoing' })
    const completion = { outcome: 'done', result: { id: 1 } } as const
    const effect = (database: typeof bank.state) => void take(database)
    expect(await bank.complete(action, completion, effect)).toMatchObject({
      case: 'executed',
      result: { id: 1 },
    })
    expect(await bank.complete(action, completion, effect)).toMatchObject({ case: 'duplicate' })
    expect(bank.state.alice).toBe(70)
  })

  it('can not complete what was never called', async () => {
    await expect(bank.complete(action, { outcome: 'done' })).rejects.toMatchObject({
      code: 'BRANCH_NOT_FOUND',
    })
  })

  it('is as new when it is reset, in the same object', async () => {
    const { state } = bank
    await bank.run(action, (database) => {
      take(database)
      database.log.push('paid')
    })
    bank.reset()
    expect(state).toEqual({ alice: 100, log: ['opened'] })
    expect(await bank.run(action, take)).toMatchObject({ case: 'executed' })
  })
})
