import { ANSWER_MAX_BYTES, ENDED_GIDS_MAX, ongoing, Refused } from '@assent/contract'
import { type TestServer, testRedis } from '@assent/testkit/servers'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callOf } from '../../../test/accounts.ts'
import { type Ask, connect, redisService } from '../../../test/redis-service.ts'
import { fetchHandler } from '../../http/fetch-handler.ts'
import { answerQuery, runLocalPart } from '../../message/message.ts'
import type { BarrierOperation } from '../call.ts'
import { sweep } from '../sweep/sweep.ts'
import { type RedisBusiness, redisScript } from './business.ts'
import type { RedisClient } from './client.ts'

let server: TestServer
let client: RedisClient
let ask: Ask
let end: () => unknown
let service: ReturnType<typeof redisService>
beforeEach(() => {
  service = redisService(client, ask)
})
afterEach(() => service.close())

const UNDOS = [
  ['action', 'compensate'],
  ['try', 'cancel'],
  ['prepare', 'rollback'],
] as const

/** Writes, and then refuses: nothing of it may stay. */
const REFUSE = redisScript(`
  write('RPUSH', KEYS[1], 'before the refusal')
  refuse('NO_FUNDS', 'has 3, needs 30', { cents = 3 })
`)
const refusal = { code: 'NO_FUNDS', message: 'has 3, needs 30', details: { cents: 3 } }

const CLIENTS = [
  [
    'node-redis',
    async () => {
      const connection = await connect(server.url)
      client = connection
      ask = (command) => connection.sendCommand(command)
      end = () => connection.destroy()
    },
  ],
  [
    'ioredis',
    async () => {
      const connection = new Redis(server.url)
      client = connection
      ask = ([name = '', ...rest]) => connection.call(name, ...rest)
      end = () => connection.disconnect()
    },
  ],
] as const

describe.each(CLIENTS)('a service that keeps its data in Redis, over %s', (_name, open) => {
  beforeAll(async () => {
    server = await testRedis()
    await open()
  })
  afterAll(async () => {
    await end()
    await server.close()
  })

  const call = (op: BarrierOperation, branchId = '01') =>
    service.barrier.run(callOf(op, branchId), (redis) => service.leave(redis, op))
  const refuse = (redis: RedisBusiness) => redis.run(REFUSE, { keys: [service.effectsKey] })

  it('runs a call once however often it is repeated, and every repeat is told its result', async () => {
    expect(await call('action')).toEqual({ case: 'executed', outcome: 'done', result: { did: 'action' } })
    expect(await service.rows()).toEqual({ 'origin:01': 'action done {"did":"action"}' })
    for (let repeat = 0; repeat < 3; repeat += 1) {
      expect(await call('action')).toEqual({ case: 'duplicate', outcome: 'done', result: { did: 'action' } })
    }
    expect(await service.effects()).toEqual(['action'])
  })

  it('runs a call once when a hundred of it come at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => call('try')))
    expect(answers.filter((answer) => answer.case === 'executed')).toHaveLength(1)
    expect(answers.filter((answer) => answer.case === 'duplicate')).toHaveLength(99)
    expect(await service.effects()).toEqual(['try'])
  })

  it.each(UNDOS)(
    'does nothing at all when the undo of %s comes first and the call late',
    async (op, undo) => {
      expect(await call(undo)).toEqual({ case: 'empty', outcome: 'done' })
      expect(await call(op)).toMatchObject({ case: 'late', outcome: 'refused' })
      expect(await call(undo)).toEqual({ case: 'duplicate', outcome: 'done' })
      expect(await service.effects()).toEqual([])
    },
  )

  it.each(UNDOS)(
    'does %s and its undo in this order, or neither, when both come at once',
    async (op, undo) => {
      const rounds = Array.from({ length: 10 }, async (_, round) => {
        const ops = round % 2 === 0 ? [op, undo, op, undo] : [undo, op, undo, op]
        await Promise.all(ops.map((each) => call(each, `at-once-${round}`)))
      })
      await Promise.all(rounds)
      expect((await service.effects()).toSorted()).toEqual(
        [...Array(5).fill(op), ...Array(5).fill(undo)].toSorted(),
      )
    },
  )

  it('confirms or cancels, whichever comes first, and refuses the other', async () => {
    await call('try')
    const answers = await Promise.all([call('confirm'), call('cancel'), call('confirm'), call('cancel')])
    expect(answers.map((answer) => answer.case)).toEqual(['executed', 'conflict', 'duplicate', 'conflict'])
    expect(await service.effects()).toEqual(['try', 'confirm'])
  })

  it('gives a refusal to every repeat, keeps nothing of the business, and has nothing to undo then', async () => {
    expect(await service.barrier.run(callOf('action'), refuse)).toEqual({
      case: 'refused',
      outcome: 'refused',
      refusal,
    })
    expect(await call('action')).toEqual({ case: 'duplicate', outcome: 'refused', refusal })
    expect(await call('compensate')).toEqual({ case: 'empty', outcome: 'done' })
    expect(await service.effects()).toEqual([])
  })

  it('does not keep the refusal of what must finish', async () => {
    await call('action')
    expect(await service.barrier.run(callOf('compensate'), refuse)).toMatchObject({
      case: 'refused',
      refusal,
    })
    expect(
      await service.barrier.run(callOf('compensate'), () => {
        throw new Refused('SPENT')
      }),
    ).toMatchObject({ case: 'refused', refusal: { code: 'SPENT' } })
    expect(await call('compensate')).toMatchObject({ case: 'executed' })
    const message = { ...callOf('action', '02'), mode: 'message' } as const
    expect(await service.barrier.run(message, refuse)).toMatchObject({ case: 'refused', refusal })
    expect(await call('action', '02')).toMatchObject({ case: 'executed' })
    expect(await service.effects()).toEqual(['action', 'compensate', 'action'])
  })

  it('answers without a script as well, and refuses before one, behind the duplicate', async () => {
    expect(await service.barrier.run(callOf('action'), () => ({ seat: '12A' }))).toMatchObject({
      case: 'executed',
      result: { seat: '12A' },
    })
    const refusing = () => {
      throw new Refused('TOO_LATE', 'closed', ['monday'])
    }
    expect(await service.barrier.run(callOf('action'), refusing)).toMatchObject({
      case: 'duplicate',
      outcome: 'done',
    })
    expect(await service.barrier.run(callOf('action', '02'), refusing)).toMatchObject({ case: 'refused' })
    expect(await call('action', '02')).toMatchObject({
      case: 'duplicate',
      refusal: { code: 'TOO_LATE', message: 'closed', details: ['monday'] },
    })
    expect(await service.barrier.run(callOf('action', '03'), () => ongoing({ retryAfterMs: 9 }))).toEqual({
      case: 'ongoing',
      outcome: 'ongoing',
      retryAfterMs: 9,
    })
    const long = service.barrier.run(callOf('action', '04'), () => 'x'.repeat(ANSWER_MAX_BYTES))
    await expect(long).rejects.toThrow(RangeError)
  })

  it('answers alike whatever the result is, in the first answer and in every repeat', async () => {
    const results = ['', 'ünïcödé "\n"', 0, -1.5, 0.1, true, false, null, [], {}, [[1, { a: [] }]], undefined]
    for (const [place, result] of results.entries()) {
      const once = () => service.barrier.run(callOf('action', String(place)), () => result)
      expect(await once()).toEqual({
        case: 'executed',
        outcome: 'done',
        ...(result !== undefined && { result }),
      })
      expect(await once()).toEqual({
        case: 'duplicate',
        outcome: 'done',
        ...(result !== undefined && { result }),
      })
    }
  })

  describe('where a call goes on', () => {
    const ONGOING = redisScript(`write('RPUSH', KEYS[1], 'asked the airline') ongoing(5000)`)
    const goOn = (op: BarrierOperation = 'try') =>
      service.barrier.run(callOf(op), (redis) => redis.run(ONGOING, { keys: [service.effectsKey] }))

    it('keeps what its business did so far, and completes it once', async () => {
      expect(await goOn()).toEqual({ case: 'ongoing', outcome: 'ongoing', retryAfterMs: 5_000 })
      expect(await goOn()).toEqual({ case: 'duplicate', outcome: 'ongoing', retryAfterMs: 5_000 })
      expect(await call('cancel')).toEqual({ case: 'ongoing', outcome: 'ongoing', retryAfterMs: 5_000 })
      const complete = (seat: string) =>
        service.barrier.complete(callOf('try'), { outcome: 'done', result: seat }, (redis) =>
          service.leave(redis, seat),
        )
      expect(await Promise.all([complete('12A'), complete('12B')])).toEqual([
        { case: 'executed', outcome: 'done', result: '12A' },
        { case: 'duplicate', outcome: 'done', result: '12A' },
      ])
      expect(await call('cancel')).toMatchObject({ case: 'executed' })
      expect(await service.effects()).toEqual(['asked the airline', '12A', 'cancel'])
    })

    it('has nothing to undo when it was completed as refused', async () => {
      await goOn()
      const refused = { outcome: 'refused', refusal: { code: 'NO_SEAT' } } as const
      expect(await service.barrier.complete(callOf('try'), refused)).toMatchObject({ case: 'refused' })
      expect(await goOn()).toMatchObject({ case: 'duplicate', refusal: { code: 'NO_SEAT' } })
      expect(await call('cancel')).toEqual({ case: 'empty', outcome: 'done' })
    })

    it('is refused when its effect refuses, without the effect', async () => {
      await goOn()
      expect(await service.barrier.complete(callOf('try'), { outcome: 'done' }, refuse)).toMatchObject({
        case: 'refused',
        refusal,
      })
      expect(await goOn()).toMatchObject({ case: 'duplicate', refusal })
      expect(await service.effects()).toEqual(['asked the airline'])
    })

    it('stays ongoing when its effect fails', async () => {
      await goOn()
      const failing = redisScript(`write('RPUSH', KEYS[1], 'half') error('gone')`)
      const completing = service.barrier.complete(callOf('try'), { outcome: 'done' }, (redis) =>
        redis.run(failing, { keys: [service.effectsKey] }),
      )
      await expect(completing).rejects.toThrow('gone')
      expect(await goOn()).toMatchObject({ outcome: 'ongoing' })
      expect(await service.effects()).toEqual(['asked the airline'])
    })

    it('can be an undo, whose refusal is not kept', async () => {
      await call('action')
      await goOn('compensate')
      const refused = { outcome: 'refused', refusal: { code: 'NO' } } as const
      await expect(service.barrier.complete(callOf('compensate'), refused)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      })
      expect(await service.barrier.complete(callOf('compensate'), { outcome: 'done' }, refuse)).toMatchObject(
        {
          case: 'refused',
        },
      )
      expect(await goOn('compensate')).toMatchObject({ outcome: 'ongoing' })
      expect(await service.barrier.complete(callOf('compensate'), { outcome: 'done' })).toMatchObject({
        case: 'executed',
      })
    })

    it('can not be completed when it never came, was planted, or is another operation', async () => {
      const done = { outcome: 'done' } as const
      await expect(service.barrier.complete(callOf('action'), done)).rejects.toMatchObject({
        code: 'BRANCH_NOT_FOUND',
      })
      await call('cancel')
      expect(await service.barrier.complete(callOf('try'), done)).toMatchObject({ case: 'late' })
      expect(await service.barrier.complete(callOf('confirm'), done)).toMatchObject({ case: 'conflict' })
    })
  })

  it('sweeps the rows of what has ended, and no ongoing, open or touched ones', async () => {
    let clockMs = 1_000_000
    const { barrier, leave, tag, rows } = redisService(client, ask, service.tag, () => clockMs)
    const make = (gid: string) => barrier.run(callOf('action', '01', gid), (redis) => leave(redis, gid))
    const count = ENDED_GIDS_MAX + 1
    await Promise.all(Array.from({ length: count }, (_, number) => make(`ended-${number}`)))
    await make('open')
    await barrier.run(callOf('action', '01', 'waiting'), () => ongoing())
    const limits = { graceMs: 1_000, tombstoneLifeMs: 100_000, now: () => clockMs }
    clockMs += limits.graceMs
    await make('touched')
    const ended = async (gids: readonly string[]) => {
      await barrier.run(callOf('compensate', '01', 'ended-0'), () => null)
      const those = gids.filter((gid) => gid !== 'open')
      return {
        ended: those.map((gid) => ({ gid, status: 'COMMITTED' as const, endedAt: 1_000_000 })),
        unknown: [],
      }
    }
    expect(await sweep(barrier, { ended, ...limits })).toEqual({
      seen: count + 3,
      forgotten: count - 1,
      ongoing: 1,
    })
    expect((await barrier.page('', 10)).map(({ gid }) => gid)).toEqual([
      'ended-0',
      'open',
      'touched',
      'waiting',
    ])
    expect(await rows('ended-1')).toEqual({})
    expect(await make('ended-0')).toMatchObject({ case: 'duplicate' })
    expect(await make('ended-1')).toMatchObject({ case: 'executed' })
    await barrier.complete(callOf('action', '01', 'waiting'), { outcome: 'done' })
    expect((await barrier.page('touched', 10)).at(0)).toEqual({
      gid: 'waiting',
      touchedAt: clockMs,
      ongoing: false,
    })
    expect(tag).toBe(service.tag)
  })

  it('takes one round trip, its business included, in the first call and in a repeat', async () => {
    await call('action', 'warm')
    const evaluations = async () => {
      const [, calls] = /cmdstat_evalsha:calls=(\d+)/.exec(String(await ask(['INFO', 'commandstats']))) ?? []
      return Number(calls)
    }
    const before = await evaluations()
    await call('action')
    await call('compensate')
    await call('compensate')
    expect((await evaluations()) - before).toBe(3)
  })

  it('goes on when the server has forgotten its scripts', async () => {
    await call('action')
    await ask(['SCRIPT', 'FLUSH', 'SYNC'])
    expect(await call('action')).toMatchObject({ case: 'duplicate' })
  })

  it('stands behind the HTTP handlers as every barrier does', async () => {
    const handle = fetchHandler<RedisBusiness>({
      barrier: service.barrier,
      operations: {
        action: ({ payload, database }) => service.leave(database, String(payload)),
        compensate: async ({ database }) => database.run(REFUSE, { keys: [service.effectsKey] }),
      },
    })
    const send = async (op: string) => {
      const headers = { 'assent-gid': 'transfer-1', 'assent-branch-id': '01', 'assent-op': op }
      const response = await handle(
        new Request('http://service/', { method: 'POST', headers, body: '"paid"' }),
      )
      return [response.status, response.headers.get('assent-barrier'), await response.json()]
    }
    expect(await send('action')).toEqual([200, 'executed', { did: 'paid' }])
    expect(await send('action')).toEqual([200, 'duplicate', { did: 'paid' }])
    expect(await send('compensate')).toEqual([409, 'refused', refusal])
    expect(await service.effects()).toEqual(['paid'])
  })

  it('is the barrier of messages that are sent from Redis', async () => {
    const order = (redis: RedisBusiness) => service.leave(redis, 'ordered')
    expect(await runLocalPart(service.barrier, 'order-1', order)).toMatchObject({ case: 'executed' })
    expect(await runLocalPart(service.barrier, 'order-1', order)).toMatchObject({ case: 'duplicate' })
    expect(await answerQuery(service.barrier, 'order-1')).toMatchObject({ outcome: 'done' })
    expect(await answerQuery(service.barrier, 'order-2')).toMatchObject({ outcome: 'refused' })
    await expect(runLocalPart(service.barrier, 'order-2', order)).rejects.toThrow('given up')
    expect(await service.effects()).toEqual(['ordered'])
  })
})
