import { ongoing } from '@assent/contract'
import { expect, it } from 'vitest'
import { sweep } from '../../src/barrier/sweep/sweep.ts'
import { barrierTable } from '../../src/barrier/table.ts'
import { callOf } from '../accounts.ts'
import type { Service } from './service.ts'

const GRACE_MS = 1_000

export function itsRows<Transaction>(service: () => Service<Transaction>): void {
  it('are in a table that is made where it is missing, also when everyone misses it at once', async () => {
    const { start, database, effects } = service()
    await database.run('DROP TABLE IF EXISTS assent_barrier')
    const processes = await Promise.all(Array.from({ length: 6 }, () => start()))
    const answers = await Promise.all(processes.map(({ call }) => call('action')))
    expect(answers.filter((answer) => answer.case === 'executed')).toHaveLength(1)
    expect(await effects()).toEqual(['action'])
  })

  it('may be in a table of another name, made by the service itself', async () => {
    const { start, database } = service()
    await database.run(barrierTable(database.dialect, 'calls'))
    const process = await start({ table: 'calls' })
    await process.call('action')
    expect(await database.run('SELECT op FROM calls')).toEqual([{ op: 'action' }])
    await database.run('DROP TABLE calls')
  })

  it('go when a sweep finds their transaction ended, and only then', async () => {
    const { start } = service()
    let clockMs = 1_000_000
    const { barrier } = await start({ now: () => clockMs })
    for (const gid of ['ended', 'open', 'Ended']) await barrier.run(callOf('compensate', '01', gid), () => {})
    await barrier.run(callOf('action', '01', 'going-on'), () => ongoing())
    clockMs += 2 * GRACE_MS
    const asked: string[] = []
    const swept = await sweep(barrier, {
      now: () => clockMs,
      graceMs: GRACE_MS,
      ended: async (gids) => {
        asked.push(...gids)
        return { ended: [{ gid: 'ended', status: 'ABORTED', endedAt: 1_000_000 }], unknown: [] }
      },
    })
    expect(swept).toEqual({ seen: 4, forgotten: 1, ongoing: 1 })
    expect(asked).toEqual(['Ended', 'ended', 'open'])
    const left = await barrier.page('', 10)
    expect(left.map(({ gid, ongoing }) => [gid, ongoing])).toEqual([
      ['Ended', false],
      ['going-on', true],
      ['open', false],
    ])
  })

  it('all stay where one of them was touched since, or waits to be completed', async () => {
    const { start } = service()
    let clockMs = 1_000_000
    const { barrier } = await start({ now: () => clockMs })
    await barrier.run(callOf('action', '01', 'touched'), () => {})
    await barrier.run(callOf('action', '01', 'waiting'), () => {})
    await barrier.run(callOf('action', '02', 'waiting'), () => ongoing())
    clockMs += GRACE_MS
    await barrier.run(callOf('compensate', '01', 'touched'), () => {})
    expect(await barrier.forget(['touched', 'waiting', 'nobody'], clockMs - 1)).toBe(0)
    expect(await barrier.run(callOf('action', '01', 'touched'), () => {})).toMatchObject({
      case: 'duplicate',
    })
    expect(await barrier.forget([], clockMs)).toBe(0)
  })

  it("stand beside the service's own transactions", async () => {
    const { one, effects } = service()
    const value = await one.barrier.transaction(async (transaction) => {
      await one.leave(transaction, 'own')
      return 7
    })
    const failing = one.barrier.transaction(async (transaction) => {
      await one.leave(transaction, 'half')
      throw new Error('gone')
    })
    await expect(failing).rejects.toThrow('gone')
    expect([value, await effects()]).toEqual([7, ['own']])
  })
}
