import { expect, it, vi } from 'vitest'
import { callOf, gate } from '../accounts.ts'
import { type Service, within } from './service.ts'

/** As each database says that it undid a transaction. */
const UNDONE = { postgres: { code: '40001' }, mysql: { errno: 1213 } }

export function contention<Transaction>(service: () => Service<Transaction>): void {
  it('of two calls that wait for one another starts one of them again, and both take effect once', async () => {
    const { one, other, database, effects } = service()
    await database.run("INSERT INTO effects (what) VALUES ('alice'), ('bob')")
    const [first, second] = [gate(), gate()]
    const attempts = vi.fn()
    const call = (
      process: typeof one,
      [own, others]: readonly [string, string],
      mine: typeof first,
      its: typeof first,
    ) =>
      process.barrier.run(callOf('action', own), async (transaction) => {
        attempts()
        const touch = (name: string) =>
          within(transaction).run({
            sql: 'UPDATE effects SET what = ? WHERE what = ?',
            values: [name, name],
            answers: 'count',
          })
        await touch(own)
        mine.open()
        await its.passed
        await touch(others)
        await process.leave(transaction, `took ${own}`)
      })
    const answers = await Promise.all([
      call(one, ['alice', 'bob'], first, second),
      call(other, ['bob', 'alice'], second, first),
    ])
    expect(answers).toEqual(Array(2).fill({ case: 'executed', outcome: 'done' }))
    expect(attempts.mock.calls.length).toBeGreaterThan(2)
    expect((await effects('took')).sort()).toEqual(['took alice', 'took bob'])
  })

  it('that does not end makes the call unavailable after a bounded number of attempts, with nothing done', async () => {
    const { start, database, effects, rows } = service()
    const process = await start({ restarts: { attemptsMax: 3, firstWaitMs: 1 } })
    const attempts = vi.fn()
    const blocked = process.barrier.run(callOf('action'), async (transaction) => {
      attempts()
      await process.leave(transaction, 'half')
      throw Object.assign(new Error('undone'), UNDONE[database.dialect])
    })
    await expect(blocked).rejects.toMatchObject({ name: 'BarrierUnavailable' })
    expect(attempts).toHaveBeenCalledTimes(3)
    expect([await effects(), await rows()]).toEqual([[], []])
  })

  it('between a hundred calls that all fail at first reaches none of them', async () => {
    const { one, other, effects } = service()
    let failures = 0
    const calls = Array.from({ length: 100 }, async (_, turn) => {
      const process = turn % 2 === 0 ? one : other
      return process.barrier
        .run(callOf('action', `branch-${turn % 5}`), async (transaction) => {
          await process.leave(transaction, 'action')
          failures += 1
          if (failures <= 20) throw new Error('failing')
        })
        .catch((thrown: Error) => thrown.message)
    })
    const ended = await Promise.all(calls)
    expect(ended.filter((each) => typeof each === 'string' && each !== 'failing')).toEqual([])
    expect(await effects()).toHaveLength(5)
  })
}
