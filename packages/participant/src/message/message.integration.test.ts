import { setTimeout as sleep } from 'node:timers/promises'
import { ongoing, Refused } from '@assent/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Accounts, apply, callOf, effects, gate } from '../../test/accounts.ts'
import { BarrierUnavailable } from '../barrier/barrier.ts'
import { sqliteBarrier } from '../barrier/sqlite/barrier.ts'
import { sweep } from '../barrier/sweep/sweep.ts'
import { answerCall } from '../http/answer-call.ts'
import { answerQuery, MessageAborted, queryOf, runLocalPart } from './message.ts'

const GID = 'order-17'
const PLANTED = { outcome: 'refused', refusal: { code: 'MESSAGE_ABORTED' } }

let accounts: Accounts
beforeEach(() => {
  accounts = new Accounts()
})
afterEach(() => accounts.close())

/** The sender; each has a connection of its own, as processes would. */
function sender(options: Parameters<typeof sqliteBarrier>[1] = {}) {
  const database = accounts.connect()
  const barrier = sqliteBarrier(database, options)
  return {
    barrier,
    database,
    place: (what = 'order') =>
      runLocalPart(barrier, GID, (connection: typeof database) => {
        apply(connection, what)
        return { placed: what }
      }),
    query: () => answerQuery(barrier, GID),
    effects: () => effects(database),
  }
}

describe('the local part of a message', () => {
  it('is kept together with the row that says so, and the query finds it', async () => {
    const { place, query, effects } = sender()
    expect(await place()).toEqual({ case: 'executed', outcome: 'done', result: { placed: 'order' } })
    expect(effects()).toEqual(['order'])
    for (let repeat = 0; repeat < 3; repeat += 1) expect(await query()).toMatchObject({ outcome: 'done' })
    expect(await place('again')).toMatchObject({ case: 'duplicate', result: { placed: 'order' } })
    expect(effects()).toEqual(['order'])
  })

  it('is not done any more once the query has found it missing', async () => {
    const { place, query, effects } = sender()
    expect(await query()).toMatchObject(PLANTED)
    await expect(place()).rejects.toBeInstanceOf(MessageAborted)
    await expect(place()).rejects.toThrow('order-17 was given up')
    expect(await query()).toMatchObject(PLANTED)
    expect(effects()).toEqual([])
  })

  it('that failed leaves nothing, and may be done again until the query comes', async () => {
    const { barrier, place, query, effects } = sender()
    const failing = runLocalPart(barrier, GID, (database: ReturnType<Accounts['connect']>) => {
      apply(database, 'half')
      throw new Error('out of paper')
    })
    await expect(failing).rejects.toThrow('out of paper')
    expect(await place()).toMatchObject({ case: 'executed' })
    expect(await query()).toMatchObject({ outcome: 'done' })
    expect(effects()).toEqual(['order'])
  })

  it('that refuses gives the message up, with its own reason', async () => {
    const { barrier, place, query } = sender()
    const refusing = runLocalPart(barrier, GID, () => {
      throw new Refused('CLOSED', 'the shop is closed', { until: 9 })
    })
    const refusal = { code: 'CLOSED', message: 'the shop is closed', details: { until: 9 } }
    await expect(refusing).rejects.toMatchObject({ name: 'Refused', ...refusal })
    expect(await query()).toMatchObject({ outcome: 'refused', refusal })
    await expect(place()).rejects.toMatchObject({ name: 'Refused', ...refusal })
  })

  it.each([
    ['at once', () => ongoing()],
    ['after a while', async () => ongoing()],
  ])(
    'that says %s that it goes on elsewhere is rolled back, for nobody would complete it',
    async (_when, end) => {
      const { barrier, query, effects } = sender()
      const going = runLocalPart(barrier, GID, (database: ReturnType<Accounts['connect']>) => {
        apply(database, 'half')
        return end()
      })
      await expect(going).rejects.toThrow(TypeError)
      expect(effects()).toEqual([])
      expect(await query()).toMatchObject(PLANTED)
    },
  )

  it('shares no row with a branch of the same transaction', async () => {
    const { barrier, place } = sender()
    await place()
    expect(await barrier.run(callOf('action', '01', GID), () => null)).toMatchObject({ case: 'executed' })
  })
})

describe('a query that comes amid the local part', () => {
  it('waits for it and finds what it committed', async () => {
    const [writing, asked] = [sender(), sender()]
    const { passed, open } = gate()
    const placing = runLocalPart(writing.barrier, GID, async (database: ReturnType<Accounts['connect']>) => {
      apply(database, 'order')
      await passed
    })
    const answer = asked.query()
    await sleep(20)
    open()
    await placing
    expect(await answer).toMatchObject({ outcome: 'done' })
  })

  it('waits for it and gives the message up for good when it was rolled back', async () => {
    const [writing, asked] = [sender(), sender()]
    const { passed, open } = gate()
    const placing = runLocalPart(writing.barrier, GID, async (database: ReturnType<Accounts['connect']>) => {
      apply(database, 'order')
      await passed
      throw new Error('out of paper')
    })
    const answer = asked.query()
    await sleep(20)
    open()
    await expect(placing).rejects.toThrow('out of paper')
    expect(await answer).toMatchObject(PLANTED)
    await expect(writing.place()).rejects.toBeInstanceOf(MessageAborted)
    expect(asked.effects()).toEqual([])
  })

  it('says nothing where the local part takes longer than its patience, and is right when asked again', async () => {
    const [writing, asked] = [sender(), sender({ busy: { attemptsMax: 2 } })]
    const { passed, open } = gate()
    const placing = runLocalPart(writing.barrier, GID, async (database: ReturnType<Accounts['connect']>) => {
      apply(database, 'order')
      await passed
    })
    await expect(asked.query()).rejects.toBeInstanceOf(BarrierUnavailable)
    open()
    await placing
    expect(await asked.query()).toMatchObject({ outcome: 'done' })
  })

  it('and many local parts beside it come to one end', async () => {
    for (let round = 0; round < 20; round += 1) {
      const [writing, asked] = [sender(), sender()]
      const gid = `order-${round}`
      const [placed, answer] = await Promise.all([
        runLocalPart(writing.barrier, gid, (database: ReturnType<Accounts['connect']>) => {
          apply(database, gid)
        }).then(
          () => 'done',
          () => 'aborted',
        ),
        sleep(round % 3).then(() => answerQuery(asked.barrier, gid)),
      ])
      expect(placed).toBe(answer.outcome === 'done' ? 'done' : 'aborted')
      expect(asked.effects().includes(gid)).toBe(placed === 'done')
    }
  })
})

describe('a definition’s query', () => {
  it('answers or refuses as the row says', async () => {
    const { barrier, place } = sender()
    await place()
    expect(await queryOf(barrier)({ gid: GID })).toBeUndefined()
    await expect(queryOf(barrier)({ gid: 'other' })).rejects.toMatchObject({ code: 'MESSAGE_ABORTED' })
  })
})

describe('a query over HTTP', () => {
  const headers: Record<string, string> = { 'assent-op': 'query', 'assent-gid': GID, 'assent-phase': 'query' }
  const ask = (participant: Parameters<typeof answerCall>[0], more = {}) => {
    const all: Record<string, string> = { ...headers, ...more }
    return answerCall(participant, (name) => all[name], '')
  }

  it('is answered 200 without a body where the local part was done, and 409 for good where not', async () => {
    const { barrier, place } = sender()
    const participant = { barrier, operations: {}, answersQueries: true }
    await place()
    expect(await ask(participant)).toMatchObject({ status: 200, body: '' })
    expect(await ask(participant, { 'assent-gid': 'other' })).toMatchObject({ status: 409 })
    expect(await ask(participant, { 'assent-gid': 'other' })).toMatchObject({ status: 409 })
  })

  it('is answered 503 where nobody can say, and 400 without a gid', async () => {
    const [writing, asked] = [sender(), sender({ busy: { attemptsMax: 1 } })]
    const onError = vi.fn()
    const participant = { barrier: asked.barrier, operations: {}, answersQueries: true, onError }
    await writing.barrier.transaction(async () => {
      expect(await ask(participant)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    })
    expect(onError).toHaveBeenCalledWith(expect.any(BarrierUnavailable), { gid: GID, op: 'query' })
    expect(await ask(participant, { 'assent-gid': '' })).toMatchObject({ status: 400 })
  })

  it('is no business of a service that sends no messages, and gives none up', async () => {
    const { barrier, place } = sender()
    expect(await ask({ barrier, operations: {} })).toMatchObject({ status: 400 })
    expect(await place()).toMatchObject({ case: 'executed' })
  })
})

describe('a sweep', () => {
  it('forgets the rows of messages that have ended, and no others', async () => {
    let clockMs = 1_000_000
    const { barrier } = sender({ now: () => clockMs })
    for (const gid of ['sent', 'open']) await runLocalPart(barrier, gid, () => null)
    for (const gid of ['given-up', 'asked']) await answerQuery(barrier, gid)
    clockMs += 1_000
    const over = ['sent', 'given-up']
    const ended = async () => ({
      ended: over.map((gid) => ({ gid, status: 'COMMITTED' as const, endedAt: 1_000_000 })),
      unknown: [],
    })
    const limits = { graceMs: 1_000, tombstoneLifeMs: 100_000 }
    expect(await sweep(barrier, { ended, now: () => clockMs, ...limits })).toMatchObject({ forgotten: 2 })
    expect((await barrier.page('', 10)).map(({ gid }) => gid)).toEqual(['asked', 'open'])
  })
})
