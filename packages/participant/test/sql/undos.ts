import { ongoing, Refused } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import type { BarrierOperation } from '../../src/barrier/call.ts'
import { callOf, gate } from '../accounts.ts'
import type { Service } from './service.ts'

const UNDOS = [
  ['action', 'compensate'],
  ['try', 'cancel'],
  ['prepare', 'rollback'],
] as const

/** How often calls are let race. */
const ROUNDS = 10

/** Each undo with what it undoes. */
export function undos<Transaction>(service: () => Service<Transaction>): void {
  describe.each(UNDOS)('%s and its undo, %s', (origin, undo) => {
    it('both take effect in this order', async () => {
      const { one, effects } = service()
      await one.call(origin)
      expect(await one.call(undo)).toEqual({ case: 'executed', outcome: 'done', result: { did: undo } })
      expect(await one.call(undo)).toEqual({ case: 'duplicate', outcome: 'done', result: { did: undo } })
      expect(await effects()).toEqual([origin, undo])
    })

    it('do nothing at all when the undo comes first and the origin late', async () => {
      const { one, effects, rows } = service()
      expect(await one.call(undo)).toEqual({ case: 'empty', outcome: 'done' })
      expect(await one.call(origin)).toMatchObject({ case: 'late', outcome: 'refused' })
      expect(await one.call(undo)).toEqual({ case: 'duplicate', outcome: 'done' })
      expect(await one.call(origin)).toMatchObject({ case: 'late', outcome: 'refused' })
      expect(await effects()).toEqual([])
      expect(await rows()).toContainEqual({ op: origin, place: 'origin', state: 'planted' })
    })
  })
}

/** An undo and its origin in whatever order, and on whichever process. */
export function anUndo<Transaction>(service: () => Service<Transaction>): void {
  it('of a call that comes at the same time undoes it, or makes it late', async () => {
    const { one, other, effects } = service()
    for (let round = 0; round < ROUNDS; round += 1) {
      const calls: BarrierOperation[] = ['try', 'cancel', 'try', 'cancel', 'try', 'cancel']
      if (round % 2 === 1) calls.reverse()
      const branch = `at-once-${round}`
      const before = (await effects()).length
      const answers = await Promise.all(
        calls.map((op, turn) => (turn % 2 === 0 ? one : other).call(op, branch)),
      )
      const made = (await effects()).slice(before)
      expect([[], ['try', 'cancel']]).toContainEqual(made)
      const tried = answers.filter((_, turn) => calls[turn] === 'try')
      expect(new Set(tried.map(({ outcome }) => outcome)).size).toBe(1)
    }
  })

  it('makes a hundred late calls do nothing', async () => {
    const { one, other, effects } = service()
    await one.call('cancel')
    const late = Array.from({ length: 100 }, (_, turn) => (turn % 2 === 0 ? one : other).call('try'))
    for (const answer of await Promise.all(late)) expect(answer).toMatchObject({ case: 'late' })
    expect(await effects()).toEqual([])
  })

  it('does nothing when the origin was refused, and the origin stays refused', async () => {
    const { one, effects } = service()
    await one.barrier.run(callOf('action'), () => {
      throw new Refused('CLOSED')
    })
    expect(await one.call('compensate')).toEqual({ case: 'empty', outcome: 'done' })
    const repeated = { case: 'duplicate', outcome: 'refused', refusal: { code: 'CLOSED' } }
    expect(await one.call('action')).toMatchObject(repeated)
    expect(await effects()).toEqual([])
  })

  it('waits while the origin goes on elsewhere, and undoes it then', async () => {
    const { one, effects, rows } = service()
    await one.barrier.run(callOf('action'), () => ongoing())
    expect(await one.call('compensate')).toEqual({ case: 'ongoing', outcome: 'ongoing' })
    expect(await rows()).toEqual([{ op: 'action', place: 'origin', state: 'ongoing' }])
    await one.barrier.complete(callOf('action'), { outcome: 'done' }, async (transaction) => {
      await one.leave(transaction, 'action')
    })
    expect(await one.call('compensate')).toMatchObject({ case: 'executed' })
    expect(await effects()).toEqual(['action', 'compensate'])
  })

  it('waits while another process is in the midst of the origin, and undoes it', async () => {
    const { one, other, effects } = service()
    const [begun, end] = [gate(), gate()]
    const going = one.barrier.run(callOf('action'), async (transaction) => {
      await one.leave(transaction, 'action')
      begun.open()
      await end.passed
    })
    await begun.passed
    const undone = other.call('compensate')
    end.open()
    expect(await going).toMatchObject({ case: 'executed' })
    expect(await undone).toMatchObject({ case: 'executed' })
    expect(await effects()).toEqual(['action', 'compensate'])
  })

  it('does nothing when the process in the midst of the origin fails', async () => {
    const { one, other, effects } = service()
    const [begun, end] = [gate(), gate()]
    const going = one.barrier.run(callOf('action'), async (transaction) => {
      await one.leave(transaction, 'action')
      begun.open()
      await end.passed
      throw new Error('gone')
    })
    await begun.passed
    const undone = other.call('compensate')
    end.open()
    await expect(going).rejects.toThrow('gone')
    expect(await undone).toEqual({ case: 'empty', outcome: 'done' })
    expect(await one.call('action')).toMatchObject({ case: 'late' })
    expect(await effects()).toEqual([])
  })
}

/** Operations that share a row. */
export function ends<Transaction>(service: () => Service<Transaction>): void {
  it.each([
    ['try', 'confirm', 'cancel'],
    ['try', 'cancel', 'confirm'],
    ['prepare', 'commit', 'rollback'],
    ['prepare', 'rollback', 'commit'],
  ] as const)('after %s and %s a %s is refused, and does nothing', async (origin, first, second) => {
    const { one, effects } = service()
    await one.call(origin)
    await one.call(first)
    expect(await one.call(second)).toMatchObject({ case: 'conflict', outcome: 'refused' })
    expect(await one.call(first)).toMatchObject({ case: 'duplicate', outcome: 'done' })
    expect(await effects()).toEqual([origin, first])
  })

  it('confirm and cancel at the same time end a branch once', async () => {
    const { one, other, effects } = service()
    for (let round = 0; round < ROUNDS; round += 1) {
      const branch = `end-${round}`
      await one.call('try', branch)
      const before = (await effects()).length
      const [confirmed, cancelled] = await Promise.all([
        one.call('confirm', branch),
        other.call('cancel', branch),
      ])
      expect([confirmed.case, cancelled.case].sort()).toEqual(['conflict', 'executed'])
      const made = (await effects()).slice(before)
      expect(made).toEqual([confirmed.case === 'executed' ? 'confirm' : 'cancel'])
    }
  })
}
