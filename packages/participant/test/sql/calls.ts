import { ANSWER_MAX_BYTES, type Json } from '@assent/contract'
import { expect, it } from 'vitest'
import { callOf } from '../accounts.ts'
import { type Service, within } from './service.ts'

/** What texts may hold and databases, drivers or quoting may not like. */
const STRANGE_RESULTS: readonly (readonly [string, Json])[] = [
  ['null', null],
  ['U+0000', 'a\u0000b'],
  ['unpaired surrogates', '\ud800 \udfff'],
  ['characters beyond 16 bits', '𝄞 🦊'],
  ['quotes of every kind', `'"\`'' \\' \\\\' $$ $1 ? ?? :a %s -- /* ; \r\n`],
  ['names that are quoted so', { "it's": [1, 2.5, -0, true, null], '': {} }],
]

export function aCall<Transaction>(service: () => Service<Transaction>): void {
  it('takes effect together with its answer', async () => {
    const { one, effects, rows } = service()
    expect(await one.call('action')).toEqual({ case: 'executed', outcome: 'done', result: { did: 'action' } })
    expect(await effects()).toEqual(['action'])
    expect(await rows()).toEqual([{ op: 'action', place: 'origin', state: 'done' }])
  })

  it('takes effect once however often it is repeated, and every repeat is told its result', async () => {
    const { one, other, effects } = service()
    await one.call('action')
    for (const each of [one, other, one]) {
      const answer = await each.call('action')
      expect(answer).toEqual({ case: 'duplicate', outcome: 'done', result: { did: 'action' } })
    }
    expect(await effects()).toEqual(['action'])
  })

  it('takes effect once when a hundred of it reach two processes at the same time', async () => {
    const { one, other, effects } = service()
    const calls = Array.from({ length: 100 }, (_, turn) => (turn % 2 === 0 ? one : other).call('try'))
    const answers = await Promise.all(calls)
    expect(answers.filter((answer) => answer.case === 'executed')).toHaveLength(1)
    const duplicate = { case: 'duplicate', outcome: 'done', result: { did: 'try' } }
    expect(answers.filter((answer) => answer.case !== 'executed')).toEqual(Array(99).fill(duplicate))
    expect(await effects()).toEqual(['try'])
  })

  it('leaves nothing when its business fails, and is run again when repeated', async () => {
    const { one, effects, rows } = service()
    const failing = one.barrier.run(callOf('action'), async (transaction) => {
      await one.leave(transaction, 'half')
      throw new Error('disk on fire')
    })
    await expect(failing).rejects.toThrow('disk on fire')
    expect([await effects(), await rows()]).toEqual([[], []])
    expect(await one.call('action')).toMatchObject({ case: 'executed' })
    expect(await effects()).toEqual(['action'])
  })

  it('is of its own branch and transaction only, to the letter', async () => {
    const { one, effects } = service()
    await one.call('action', 'branch')
    for (const branchId of ['Branch', 'branch-', 'branc']) {
      expect(await one.call('action', branchId)).toMatchObject({ case: 'executed' })
    }
    const elsewhere = await one.barrier.run(callOf('action', 'branch', 'Transfer-1'), () => 'other')
    expect(elsewhere).toMatchObject({ case: 'executed' })
    expect(await effects()).toHaveLength(4)
  })

  it.each([
    ['a b', 'a space'],
    ['a'.repeat(65), 'a name that is too long'],
    ["a'b", 'a quote'],
    ['é', 'another letter'],
  ])('is refused a name that no row can hold: %j, %s', async (branchId) => {
    const { one } = service()
    await expect(one.call('action', branchId)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })
}

/** What a call's business may return. */
export function itsResult<Transaction>(service: () => Service<Transaction>): void {
  it.each(STRANGE_RESULTS)('with %s is told to every repeat to the letter', async (_, result) => {
    const { one } = service()
    const first = await one.barrier.run(callOf('action'), () => result)
    const again = await one.barrier.run(callOf('action'), () => 'other')
    expect(first).toEqual({ case: 'executed', outcome: 'done', result: JSON.parse(JSON.stringify(result)) })
    expect(again).toEqual({ ...first, case: 'duplicate' })
  })

  it('may be nothing', async () => {
    const { one } = service()
    expect(await one.barrier.run(callOf('action'), () => {})).toEqual({ case: 'executed', outcome: 'done' })
    expect(await one.call('action')).toEqual({ case: 'duplicate', outcome: 'done' })
  })

  it('may be as much as a caller reads, and no more', async () => {
    const { one, effects } = service()
    const longest = '✓'.repeat(Math.floor((ANSWER_MAX_BYTES - 2) / 3))
    await one.barrier.run(callOf('action', 'longest'), () => longest)
    const again = await one.call('action', 'longest')
    expect(again.outcome === 'done' && again.result === longest).toBe(true)
    const tooLong = one.barrier.run(callOf('action', 'too-long'), async (transaction) => {
      await one.leave(transaction, 'too long')
      return `${longest}✓`
    })
    await expect(tooLong).rejects.toThrow(RangeError)
    expect(await effects()).toEqual([])
  })
}

/** What a call's business may do with the transaction. */
export function itsTransaction<Transaction>(service: () => Service<Transaction>): void {
  it('is left to the barrier: a business that rolls it back is told so', async () => {
    const { one, rows } = service()
    const ending = one.barrier.run(callOf('action'), async (transaction) => {
      await within(transaction).run({ sql: 'ROLLBACK', values: [], answers: 'count' })
    })
    await expect(ending).rejects.toThrow()
    expect(await rows()).toEqual([])
  })

  it('in which a statement failed, passed over by the business, is kept or said to have failed', async () => {
    const { one, effects } = service()
    const ended = await one.barrier
      .run(callOf('action'), async (transaction) => {
        await one.leave(transaction, 'action')
        await within(transaction)
          .run({ sql: 'SELECT 1 FROM no_such_table', values: [], answers: 'rows' })
          .catch(() => {})
      })
      .catch(() => 'failed')
    expect(await effects()).toEqual(ended === 'failed' ? [] : ['action'])
  })

  it('reads what others commit meanwhile, whatever the isolation of the database', async () => {
    const { database } = service()
    const reader = await service().start({ isolation: 'read committed' })
    const read = async (transaction: Transaction) => {
      const statement = { sql: 'SELECT what FROM effects', values: [], answers: 'rows' } as const
      return (await within(transaction).run(statement)).rows.length
    }
    const answer = await reader.barrier.run(callOf('action'), async (transaction) => {
      const before = await read(transaction)
      await database.run("INSERT INTO effects (what) VALUES ('another')")
      return [before, await read(transaction)]
    })
    expect(answer).toMatchObject({ result: [0, 1] })
  })
}
