import { once } from 'node:events'
import { ongoing, REFUSAL_MAX_BYTES } from '@assent/contract'
import { startRedis, type TestServer, testRedis } from '@assent/testkit/servers'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callOf } from '../../../test/accounts.ts'
import { connect, redisService } from '../../../test/redis-service.ts'
import { BarrierUnavailable } from '../barrier.ts'
import { redisBarrier } from './barrier.ts'
import { redisScript } from './business.ts'

let server: TestServer
let client: Awaited<ReturnType<typeof connect>>
let service: ReturnType<typeof redisService>
beforeAll(async () => {
  server = await testRedis()
  client = await connect(server.url)
})
afterAll(async () => {
  client.destroy()
  await server.close()
})
beforeEach(() => {
  service = redisService(client, (command) => client.sendCommand(command))
})
afterEach(() => service.close())

/** Runs Lua as the business of a call, with the key of the effects and the key of an account. */
const run = (lua: string, values: (string | number)[] = [], op: 'action' | 'compensate' = 'action') =>
  service.barrier.run(callOf(op), (redis) =>
    redis.run(redisScript(lua), { keys: [service.effectsKey, `{${service.tag}}:account`], values }),
  )

const WITHDRAW = `
  local balance, cents = tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[1])
  if balance < cents then refuse('INSUFFICIENT_FUNDS', 'the account holds ' .. balance) end
  write('DECRBY', KEYS[2], ARGV[1])
  return { balance = balance - cents }
`

describe('a business in Lua', () => {
  it('reads, refuses or says what is to be written, and returns its result', async () => {
    await client.set(`{${service.tag}}:account`, '100')
    expect(await run(WITHDRAW, [30])).toEqual({ case: 'executed', outcome: 'done', result: { balance: 70 } })
    expect(await client.get(`{${service.tag}}:account`)).toBe('70')
  })

  it('that refuses has written nothing', async () => {
    expect(await run(`write('RPUSH', KEYS[1], 'never')\n${WITHDRAW}`, [30])).toMatchObject({
      case: 'refused',
      refusal: { code: 'INSUFFICIENT_FUNDS', message: 'the account holds 0' },
    })
    expect(await service.effects()).toEqual([])
  })

  it.each([
    ["return 'text'", 'text'],
    ['return 12', 12],
    ['return 99999999999999', 99_999_999_999_999],
    ['return -0.25', -0.25],
    ['return false', false],
    ['return { "a", { b = 1 } }', ['a', { b: 1 }]],
    ["return redis.call('GET', KEYS[2])", false],
    ['return', undefined],
    ['-- nothing', undefined],
  ])('whose words are %s results in that', async (lua, result) => {
    const done = { outcome: 'done', ...(result !== undefined && { result }) }
    expect(await run(lua)).toEqual({ case: 'executed', ...done })
    expect(await run(lua)).toEqual({ case: 'duplicate', ...done })
  })

  it.each([
    ["redis.call('RPUSH', KEYS[1], 'early')", 'RPUSH is no command that only reads'],
    ["redis.pcall('del', KEYS[1])", 'del is no command that only reads'],
    ["redis.call('LLEN')", 'Wrong number of args'],
    ["error('on fire')", 'on fire'],
    ['return { cents = 100000000000001 }', '100000000000001 has more digits'],
    ['return 0/0', 'has more digits'],
    ['return 1/0', 'must not be NaN or Inf'],
    ['return pairs', 'type not supported'],
    ['return { [1] = 1, [1000] = 2 }', 'excessively sparse'],
    ["return string.rep('x', 1024 * 1024)", 'a caller reads at most'],
    ["write('SET', KEYS[1], nil)", 'argument 3 of write() is a nil'],
    ['write()', 'write() takes 1 to'],
    ['refuse()', 'refuse() needs a code'],
    ["ongoing('soon')", 'ongoing() takes milliseconds'],
    ["refuse('NO', 'no', { f = pairs })", 'type not supported'],
  ])('that goes wrong as in %s has written nothing, and is run again when repeated', async (lua, words) => {
    await expect(run(`write('RPUSH', KEYS[1], 'never') ${lua}`)).rejects.toThrow(words)
    expect(await service.effects()).toEqual([])
    expect(await service.rows()).toEqual({})
    expect(await run("write('RPUSH', KEYS[1], 'mended')")).toMatchObject({ case: 'executed' })
    expect(await service.effects()).toEqual(['mended'])
  })

  it('whose first write fails has done nothing, and is run again when repeated', async () => {
    await expect(run("write('INCRBY', KEYS[2], 'x') write('RPUSH', KEYS[1], 'never')")).rejects.toThrow(
      'nothing of it was done: INCRBY failed: ERR value is not an integer',
    )
    expect(await service.rows()).toEqual({})
    expect(await run("write('RPUSH', KEYS[1], 'mended')")).toMatchObject({ case: 'executed' })
    expect(await service.effects()).toEqual(['mended'])
  })

  it('ends where it refuses or goes on, although a return was forgotten', async () => {
    expect(await run("refuse('NO') write('RPUSH', KEYS[1], 'behind')")).toMatchObject({ case: 'refused' })
    expect(await run("ongoing() write('RPUSH', KEYS[1], 'behind')", [], 'compensate')).toMatchObject({
      case: 'empty',
    })
    expect(await service.effects()).toEqual([])
  })

  it('that refuses at great length is cut to its code and the start of its message', async () => {
    const lua = `refuse('LONG', string.rep('m', ${REFUSAL_MAX_BYTES}), { more = 'details' })`
    expect(await run(lua)).toMatchObject({ refusal: { code: 'LONG', message: 'm'.repeat(1_024) } })
    expect(await run(lua)).toMatchObject({ case: 'duplicate', refusal: { message: 'm'.repeat(1_024) } })
  })

  it('may use the reading commands of modules that it names, and no others', async () => {
    const more = redisScript("return redis.call('json.get', KEYS[1])", { reads: ['JSON.GET'] })
    const asking = service.barrier.run(callOf('action'), (redis) => redis.run(more, { keys: ['k'] }))
    await expect(asking).rejects.toThrow('Unknown Redis command')
    expect(() => redisScript('', { reads: ["X ' .. evil"] })).toThrow('no name of a command')
  })

  it('is one script, and the one that was returned', async () => {
    const nothing = redisScript('')
    const two = service.barrier.run(callOf('action'), (redis) => {
      redis.run(nothing)
      return redis.run(nothing)
    })
    await expect(two).rejects.toThrow('a second was asked for')
    const buried = service.barrier.run(callOf('action'), (redis) => ({ done: redis.run(nothing) }) as never)
    await expect(buried).rejects.toThrow('return what run() returns')
    const odd = service.barrier.run(callOf('action'), (redis) => redis.run(nothing, { values: [Number.NaN] }))
    await expect(odd).rejects.toThrow('NaN is no value')
    expect(await service.rows()).toEqual({})
  })

  it('whose text can not be compiled has done nothing', async () => {
    await expect(run('if then')).rejects.toThrow('Error compiling script')
    expect(await service.rows()).toEqual({})
  })
})

describe('a business half of which was written', () => {
  const HALF = `write('RPUSH', KEYS[1], 'half') write('INCR', KEYS[1])`

  it('is never run again, never undone and never swept, until a person has completed it', async () => {
    const words =
      /half done, and waits for complete\(\): 1 of 2 writes were made, and then INCR failed: WRONGTYPE/
    await expect(run(HALF)).rejects.toThrow(words)
    await expect(run(HALF)).rejects.toMatchObject({ name: 'HalfDone', message: expect.stringMatching(words) })
    await expect(run('', [], 'compensate')).rejects.toThrow(words)
    expect(await service.effects()).toEqual(['half'])
    expect(await service.barrier.forget(['transfer-1'], Number.MAX_SAFE_INTEGER)).toBe(0)

    expect(
      await service.barrier.complete(callOf('action'), { outcome: 'done', result: 'by hand' }),
    ).toMatchObject({
      case: 'executed',
    })
    expect(await run(HALF)).toEqual({ case: 'duplicate', outcome: 'done', result: 'by hand' })
    expect(await run('', [], 'compensate')).toMatchObject({ case: 'executed' })
    expect(await service.barrier.forget(['transfer-1'], Number.MAX_SAFE_INTEGER)).toBe(1)
  })

  it('as an effect of a completion stays ongoing, and may be completed again', async () => {
    await run('ongoing()')
    const effect = redisScript(HALF)
    const completing = service.barrier.complete(callOf('action'), { outcome: 'done' }, (redis) =>
      redis.run(effect, { keys: [service.effectsKey] }),
    )
    await expect(completing).rejects.toThrow('half done')
    await expect(run('')).rejects.toThrow('half done')
    await service.barrier.complete(callOf('action'), { outcome: 'done' })
    expect(await run('')).toMatchObject({ case: 'duplicate', outcome: 'done' })
    expect(await service.rows()).toEqual({ 'origin:01': 'action done ', ongoing: '0' })
  })
})

describe('keys of the barrier that are taken', () => {
  it.each(['rows', 'index'])('by something else (%s) make the call fail with nothing done', async (which) => {
    const key = which === 'rows' ? service.rowsKey() : `{${service.tag}}:barrier`
    await client.set(key, 'not ours')
    await expect(run("write('RPUSH', KEYS[1], 'never')")).rejects.toThrow('WRONGTYPE')
    expect(await service.effects()).toEqual([])
    await client.del(key)
    expect(await run("write('RPUSH', KEYS[1], 'once')")).toMatchObject({ case: 'executed' })
  })
})

describe('a client that puts something before every key', () => {
  it('finds its rows when they are swept', async () => {
    const connection = new Redis(server.url, { keyPrefix: `${service.tag}:` })
    const barrier = redisBarrier(connection, { tag: service.tag, now: () => 7 })
    await barrier.run(callOf('action'), () => ongoing())
    expect(await barrier.page('', 10)).toEqual([{ gid: 'transfer-1', touchedAt: 7, ongoing: true }])
    await barrier.complete(callOf('action'), { outcome: 'done' })
    expect(await barrier.forget(['transfer-1'], 7)).toBe(1)
    expect(await client.keys(`${service.tag}:*`)).toEqual([])
    connection.disconnect()
  })
})

describe('a server that can take no more', () => {
  it('makes a call unavailable with nothing done, and lets the sweep make room', async () => {
    await using full = await startRedis()
    const connection = await connect(full.url)
    const { barrier, leave, effects } = redisService(connection, (command) => connection.sendCommand(command))
    await barrier.run(callOf('action'), (redis) => leave(redis, 'before'))
    await connection.configSet('maxmemory', '1')
    const refused = barrier.run(callOf('compensate'), (redis) => leave(redis, 'undone'))
    await expect(refused).rejects.toBeInstanceOf(BarrierUnavailable)
    expect(await effects()).toEqual(['before'])
    expect(await barrier.page('', 10)).toMatchObject([{ gid: 'transfer-1', ongoing: false }])
    expect(await barrier.forget(['transfer-1'], Number.MAX_SAFE_INTEGER)).toBe(1)
    connection.destroy()
  })
})

describe('a server that is away', () => {
  const CLIENTS = [
    [
      'node-redis',
      async (url: string) => {
        const connection = createClient({ url, disableOfflineQueue: true })
        await connection.on('error', () => {}).connect()
        return { connection, end: () => connection.destroy() }
      },
    ],
    [
      'ioredis',
      async (url: string) => {
        const connection = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 })
        await once(
          connection.on('error', () => {}),
          'ready',
        )
        return { connection, end: () => connection.disconnect() }
      },
    ],
  ] as const

  it.each(CLIENTS)('makes calls unavailable where %s keeps none for later', async (_name, open) => {
    await using away = await startRedis()
    const { connection, end } = await open(away.url)
    const barrier = redisBarrier(connection, { tag: service.tag })
    const call = () => barrier.run(callOf('action'), () => 'done')
    expect(await call()).toMatchObject({ case: 'executed' })
    await away.kill()
    const failure = () => call().then(String, (thrown: Error) => thrown.name)
    await expect.poll(failure).toBe('BarrierUnavailable')
    await away.start()
    await expect.poll(failure).not.toBe('BarrierUnavailable')
    expect(await call()).toMatchObject({ case: 'duplicate' })
    end()
  })
})
