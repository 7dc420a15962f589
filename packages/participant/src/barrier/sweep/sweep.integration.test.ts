import { ENDED_GIDS_MAX, type EndedAnswer, ongoing } from '@assent/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Accounts, callOf } from '../../../test/accounts.ts'
import { sqliteBarrier } from '../sqlite/barrier.ts'
import { sweep } from './sweep.ts'

const LIMITS = { graceMs: 1_000, tombstoneLifeMs: 100_000 }

let accounts: Accounts
let clockMs: number
beforeEach(() => {
  accounts = new Accounts()
  clockMs = 1_000_000
})
afterEach(() => accounts.close())

function service() {
  const database = accounts.connect()
  database.exec('PRAGMA synchronous = OFF')
  const now = () => clockMs
  const barrier = sqliteBarrier(database, { now })
  const ended = vi.fn(async (_gids: readonly string[]): Promise<EndedAnswer> => ({ ended: [], unknown: [] }))
  return {
    barrier,
    ended,
    sweep: () => sweep(barrier, { ended, now, ...LIMITS }),
    endAll: () =>
      ended.mockImplementation(async (gids) => ({
        ended: gids.map((gid) => ({ gid, status: 'COMMITTED', endedAt: 1_000_000 })),
        unknown: [],
      })),
    gids: async () => (await barrier.page('', 100_000)).map(({ gid }) => gid),
    call: (gid: string, op: Parameters<typeof callOf>[0] = 'action') =>
      barrier.run(callOf(op, '01', gid), () => null),
  }
}

describe('a sweep', () => {
  it('deletes what has ended and keeps what is open', async () => {
    const { sweep, call, ended, gids } = service()
    for (const gid of ['ended', 'open']) await call(gid)
    ended.mockResolvedValue({
      ended: [{ gid: 'ended', status: 'COMMITTED', endedAt: clockMs }],
      unknown: [],
    })
    clockMs += LIMITS.graceMs
    expect(await sweep()).toEqual({ seen: 2, forgotten: 1, ongoing: 0 })
    expect(ended).toHaveBeenCalledExactlyOnceWith(['ended', 'open'])
    expect(await gids()).toEqual(['open'])
  })

  it('asks about nothing that is too young', async () => {
    const { sweep, call, ended } = service()
    await call('young')
    clockMs += LIMITS.graceMs - 1
    expect(await sweep()).toEqual({ seen: 1, forgotten: 0, ongoing: 0 })
    expect(ended).not.toHaveBeenCalled()
  })

  it('keeps the whole of a transaction that was touched while it asked', async () => {
    const { sweep, call, ended, endAll, gids } = service()
    await call('busy')
    clockMs += LIMITS.graceMs
    endAll()
    const answer = ended.getMockImplementation()!
    ended.mockImplementation(async (asked) => {
      await call('busy', 'compensate')
      return answer(asked)
    })
    expect(await sweep()).toMatchObject({ forgotten: 0 })
    expect(await gids()).toEqual(['busy'])
    expect(await call('busy')).toMatchObject({ case: 'duplicate' })
  })

  it('keeps a call that waits to be completed, also when its transaction has ended', async () => {
    const { barrier, sweep, endAll, gids } = service()
    await barrier.run(callOf('action', '01', 'waiting'), () => ongoing())
    endAll()
    clockMs += 10 * LIMITS.tombstoneLifeMs
    expect(await sweep()).toEqual({ seen: 1, forgotten: 0, ongoing: 1 })
    expect(await gids()).toEqual(['waiting'])
  })

  it('goes through the whole table, at most a thousand gids to a question', async () => {
    const { sweep, call, ended, endAll, gids } = service()
    const count = 2 * ENDED_GIDS_MAX + 1
    for (let number = 0; number < count; number += 1) await call(`transaction-${number}`)
    endAll()
    clockMs += LIMITS.graceMs
    expect(await sweep()).toEqual({ seen: count, forgotten: count, ongoing: 0 })
    expect(ended.mock.calls.map(([asked]) => asked.length)).toEqual([ENDED_GIDS_MAX, ENDED_GIDS_MAX, 1])
    expect(await gids()).toEqual([])
  })

  it('that gets no answer deletes nothing', async () => {
    const { sweep, call, ended, gids } = service()
    await call('someone')
    clockMs += 10 * LIMITS.tombstoneLifeMs
    ended.mockRejectedValue(new Error('nobody there'))
    await expect(sweep()).rejects.toThrow('nobody there')
    expect(await gids()).toEqual(['someone'])
  })
})
