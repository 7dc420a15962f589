import { setTimeout as sleep } from 'node:timers/promises'
import { type Store, StoreUnavailable } from '@assent/engine'
import { type OwnServer, startRedis } from '@assent/testkit/servers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeRedis, listOf } from '../../test/fake-redis.ts'
import { proxyTo, type TcpProxy } from '../../test/proxy.ts'
import { connectTo } from '../../test/redis-keys.ts'
import { endedWriteOf, LONG_AGO, manyWrites, writeOf } from '../../test/rows.ts'
import type { RedisOptions } from './options.ts'
import { redis } from './store.ts'

const STORED = { outcome: 'stored' }

let server: OwnServer
let admin: Awaited<ReturnType<typeof connectTo>>
let proxy: TcpProxy
let store: Store

beforeEach(async () => {
  server = await startRedis()
  admin = await connectTo(server.url)
  proxy = await proxyTo(server.url)
})
afterEach(async () => {
  await store.close()
  admin.destroy()
  await proxy.close()
  await server.close()
})

async function openStore(options: Partial<RedisOptions> = {}): Promise<void> {
  store = redis({ url: proxy.url, ...options })
  await store.open()
}

/** What a promise rejected with; fails when it did not. */
async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error as Error,
  )
}

/** Once the store answers again. */
async function recovered(): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await store.ping()
      return
    } catch (error) {
      if (tries === 200) throw error
      await sleep(25)
    }
  }
}

async function versionOf(gid: string): Promise<number | undefined> {
  return (await store.read([gid]))[0]?.version
}

describe('an answer that is lost', () => {
  it('leaves a write unknown although it was stored, and never sends it again', async () => {
    await openStore()
    await store.write([writeOf({ gid: 'before' })])
    const calls = async (): Promise<number> =>
      Number((await admin.info('stats')).match(/total_commands_processed:(\d+)/)?.[1])
    proxy.mode = 'loses answers'
    const writing = failureOf(store.write([writeOf()]))
    await sleep(100)
    expect(await admin.exists('{assent:0}:t:order-17')).toBe(1)
    proxy.cut()
    proxy.mode = 'open'
    const failure = await writing
    expect(failure).not.toBeInstanceOf(StoreUnavailable)
    expect(failure.message).toMatch(/the answer of .* was lost/)
    await recovered()
    const before = await calls()
    await sleep(300)
    expect((await calls()) - before).toBe(1)
    expect(await versionOf('order-17')).toBe(1)
    expect(await store.write([writeOf({ writeId: 'again' })])).toMatchObject([{ outcome: 'conflict' }])
  })

  it('leaves a write unknown that never arrived, and never sends it again', async () => {
    await openStore()
    proxy.mode = 'loses requests'
    const writing = failureOf(store.write([writeOf()]))
    await sleep(50)
    proxy.cut()
    proxy.mode = 'open'
    expect(await writing).not.toBeInstanceOf(StoreUnavailable)
    await recovered()
    await sleep(200)
    expect(await versionOf('order-17')).toBeUndefined()
  })

  it('leaves a claim unknown, a reading unavailable, and every other call answered', async () => {
    await openStore()
    await store.register('a', 60_000)
    await store.write([writeOf()])
    proxy.mode = 'loses answers'
    const reading = failureOf(store.read(['order-17']))
    const beating = failureOf(store.heartbeat('a', 60_000))
    await sleep(50)
    proxy.cut()
    proxy.mode = 'open'
    expect(await reading).toBeInstanceOf(StoreUnavailable)
    expect(await beating).not.toBeInstanceOf(StoreUnavailable)
    await recovered()
    expect((await store.heartbeat('a', 60_000)).alive).toBe(true)
  })

  it('is given up in time when the server stands still, and what was acknowledged before is there', async () => {
    await openStore({ commandTimeoutMs: 300 })
    await store.write([writeOf({ gid: 'kept' })])
    server.pause()
    const began = performance.now()
    const failure = await failureOf(store.write([writeOf()]))
    expect(performance.now() - began).toBeLessThan(1_500)
    expect(failure).not.toBeInstanceOf(StoreUnavailable)
    // Nothing waits for a connection that is not there.
    const refusedAt = performance.now()
    expect(await failureOf(store.write([writeOf({ gid: 'other' })]))).toBeInstanceOf(StoreUnavailable)
    expect(performance.now() - refusedAt).toBeLessThan(100)
    server.resume()
    await recovered()
    expect(await versionOf('kept')).toBe(1)
    expect(await versionOf('other')).toBeUndefined()
  })

  it('does not hold up closing for longer than an answer may take', async () => {
    await openStore({ commandTimeoutMs: 300 })
    server.pause()
    const writing = failureOf(store.write([writeOf()]))
    const began = performance.now()
    await store.close()
    expect(performance.now() - began).toBeLessThan(1_500)
    await writing
    server.resume()
  })
})

describe('a server that goes away', () => {
  it('makes every call unavailable at once, and is found again by itself with all that was acknowledged', async () => {
    await openStore({ url: server.url })
    await store.register('a', 600_000)
    const writes = manyWrites(50)
    await store.write(writes)
    await server.kill()
    await sleep(20)
    for (const call of [
      () => store.write([writeOf()]),
      () => store.read(['row-1']),
      () => store.list({}),
      () => store.heartbeat('a', 600_000),
      () => store.claim({ incarnation: 'a', applications: [''], limit: 1, writeId: 'claim' }),
      () => store.sweep({ endedBefore: 1, tombstonesBefore: 1, limit: 1 }),
      () => store.ping(),
    ]) {
      const began = performance.now()
      expect(await failureOf(call())).toBeInstanceOf(StoreUnavailable)
      expect(performance.now() - began).toBeLessThan(100)
    }
    await server.start()
    await recovered()
    expect((await store.heartbeat('a', 600_000)).alive).toBe(true)
    const rows = await store.read(writes.map(({ gid }) => gid))
    expect(rows.filter((row) => row?.version === 1)).toHaveLength(50)
    expect(await store.write([writeOf()])).toEqual([STORED])
  })

  it('is asked again and again in growing steps, even where connections are made and broken at once', async () => {
    await openStore()
    proxy.mode = 'closes'
    proxy.cut()
    const before = proxy.accepted
    const cpuBefore = process.cpuUsage()
    await sleep(1_500)
    const attempts = proxy.accepted - before
    expect(attempts).toBeGreaterThanOrEqual(3)
    expect(attempts).toBeLessThanOrEqual(7)
    const { user, system } = process.cpuUsage(cpuBefore)
    expect(user + system).toBeLessThan(750_000)
    proxy.mode = 'open'
    await recovered()
  })

  it('answers what was asked before the store was closed, and nothing after', async () => {
    await openStore()
    await store.write([writeOf({ gid: 'before' })])
    const writing = store.write([writeOf()])
    await store.close()
    expect(await writing).toEqual([STORED])
    expect(await failureOf(store.ping())).toBeInstanceOf(StoreUnavailable)
    await store.close()
    await store.open()
    expect(await versionOf('order-17')).toBe(1)
  })

  it('is connected anew now and then, and no call notices', async () => {
    await openStore({ connections: { lifeMs: 20 } })
    const before = proxy.accepted
    for (let round = 0; round < 40; round += 1) {
      expect(await store.write([writeOf({ gid: `row-${round}` })])).toEqual([STORED])
      await sleep(5)
    }
    expect(proxy.accepted - before).toBeGreaterThanOrEqual(3)
    expect((await store.list({})).totalCount).toBe(40)
  })
})

describe('a server that forgot its scripts', () => {
  it('is given them again', async () => {
    await openStore()
    for (let round = 0; round < 3; round += 1) {
      const writes = [writeOf({ gid: `a-${round}` }), writeOf({ gid: `b-${round}` })]
      expect(await Promise.all(writes.map((write) => store.write([write])))).toEqual([[STORED], [STORED]])
      expect((await store.list({ mode: 'saga' })).rows).toHaveLength(2 * (round + 1))
      await admin.scriptFlush()
    }
  })
})

describe('a server whose memory is full', () => {
  /** Until not even a small transaction fits, and answers what was stored. */
  async function fill(): Promise<string[]> {
    await admin.configSet('maxmemory', String(8 * 1024 * 1024))
    const kept: string[] = []
    for (const [rows, characters] of [
      [20, 10_000],
      [1, 100],
    ] as const) {
      for (let batch = 0; ; batch += 1) {
        const writes = manyWrites(rows).map((row) =>
          endedWriteOf({
            gid: `${rows}-${batch}-${row.gid}`,
            endedAt: LONG_AGO + batch,
            state: 'x'.repeat(characters),
          }),
        )
        const failure = await store.write(writes).then(
          (answers) => void expect(answers).toEqual(writes.map(() => STORED)),
          (error: Error) => error,
        )
        const gids = writes.map(({ gid }) => gid)
        if (failure === undefined) {
          kept.push(...gids)
          continue
        }
        expect(failure).toBeInstanceOf(StoreUnavailable)
        expect(failure.message).toMatch(/OOM/)
        expect((await store.read(gids)).filter((row) => row !== undefined)).toEqual([])
        break
      }
    }
    return kept
  }

  it('refuses new transactions, with nothing of them written and nothing before them lost', async () => {
    await openStore()
    const kept = await fill()
    expect(kept.length).toBeGreaterThan(100)
    expect((await store.read(kept)).filter((row) => row === undefined)).toEqual([])
  })

  it('is not there for new ones, as ping says, though it answers', async () => {
    await openStore()
    await store.ping()
    await admin.configSet('maxmemory', '1mb')
    expect(await failureOf(store.write([writeOf()]))).toBeInstanceOf(StoreUnavailable)
    const failure = await failureOf(store.ping())
    expect(failure).toBeInstanceOf(StoreUnavailable)
    expect(failure.message).toMatch(/OOM/)
    await admin.configSet('maxmemory', '0')
    await store.ping()
    expect(await store.write([writeOf()])).toEqual([STORED])
  })

  it('lets what is under way go on to its end, and leases run on', async () => {
    await openStore()
    await store.register('a', 60_000)
    await store.write([writeOf()])
    await fill()
    expect((await store.heartbeat('a', 60_000)).alive).toBe(true)
    const claim = { incarnation: 'a', applications: [''], limit: 9, writeId: 'claim' }
    expect(await store.claim(claim)).toHaveLength(1)
    expect(await store.write([endedWriteOf({ expect: 2, state: 'y'.repeat(5_000) })])).toEqual([STORED])
    expect((await store.read(['order-17']))[0]?.status).toBe('COMMITTED')
    await store.register('b', 60_000)
    await store.retire('b')
  })

  it('takes new ones again once a sweep has made room', async () => {
    await openStore()
    await fill()
    const { swept } = await store.sweep({ endedBefore: LONG_AGO + 1_000, tombstonesBefore: 0, limit: 400 })
    expect(swept).toBe(400)
    await store.ping()
    expect(await store.write([writeOf({ state: 'x'.repeat(10_000) })])).toEqual([STORED])
  })
})

describe('one bad row in a batch', () => {
  it('is answered as invalid, and the 255 others are stored', async () => {
    await openStore()
    await admin.set('{assent:0}:t:row-17', 'something of another program')
    await admin.hSet('{assent:0}:t:row-100', 'of', 'another type')
    const writes = manyWrites(256)
    writes[3] = { ...writes[3]!, dueAt: Number.NaN }
    const answers = await store.write(writes)
    expect(answers.flatMap(({ outcome }, place) => (outcome === 'stored' ? [] : [[place, outcome]]))).toEqual(
      [
        [3, 'invalid'],
        [17, 'invalid'],
        [100, 'invalid'],
      ],
    )
    expect(answers[17]).toMatchObject({ reason: expect.stringContaining('another program') })
    expect(await admin.get('{assent:0}:t:row-17')).toBe('something of another program')
    expect((await store.list({ limit: 1_000 })).rows).toHaveLength(253)
    const rows = await store.read(['row-16', 'row-17', 'row-100'])
    expect(rows.map((row) => row?.version)).toEqual([1, undefined, undefined])
  })
})

describe('a script that fails midway', () => {
  it('leaves a write unknown, and what it wrote is whole', async () => {
    await admin.sendCommand(['ACL', 'SETUSER', 'narrow', 'on', '>secret', '~*', '&*', '+@all'])
    const url = new URL(proxy.url)
    url.username = 'narrow'
    url.password = 'secret'
    await openStore({ url: url.href })
    await store.register('a', 60_000)
    await store.write([writeOf(), writeOf({ gid: 'other' })])
    await admin.sendCommand(['ACL', 'SETUSER', 'narrow', '-zrem'])
    const failure = await failureOf(store.write([endedWriteOf({ expect: 1 })]))
    expect(failure).not.toBeInstanceOf(StoreUnavailable)
    await admin.sendCommand(['ACL', 'SETUSER', 'narrow', '+zrem'])
    expect((await store.read(['order-17']))[0]).toMatchObject({ version: 2, status: 'COMMITTED' })
    // It still stands where the due ones stand, and is not given for that.
    const claim = { incarnation: 'a', applications: [''], limit: 1, writeId: 'claim' }
    const rows = [...(await store.claim(claim)), ...(await store.claim(claim))]
    expect(rows.map(({ gid }) => gid)).toEqual(['other'])
  })
})

describe('a server that is asked to wait for its disk', () => {
  /** Answers as a server that has opened such a store, and with so many copies on its disk. */
  function answering(copies: string) {
    return ([word = '', ...rest]: readonly string[]): string | undefined => {
      if (word === 'HELLO') return listOf('version', '7.2.0', 'mode', 'standalone', 'role', 'master')
      if (word === 'CONFIG') {
        return listOf(
          'appendonly',
          'yes',
          'appendfsync',
          'everysec',
          'no-appendfsync-on-rewrite',
          'yes',
          'maxmemory-policy',
          'noeviction',
        )
      }
      if (word === 'INFO') return '$18\r\nconnected_slaves:0'
      if (word === 'PUBSUB') return '*2\r\n$1\r\nx\r\n:0'
      if (word === 'TYPE') return rest[0]?.endsWith(':about') ? '+hash' : '+none'
      if (rest[2]?.endsWith(':about')) return listOf('1', '1')
      if (word === 'WAITAOF') return copies
      if (word === 'PING') return '+PONG'
      return word === 'MGET' ? '*1\r\n$-1' : '*0'
    }
  }

  it('is asked after each change and after nothing else, and needs no other setting', async () => {
    const fake = await fakeRedis(answering('*2\r\n:1\r\n:0'))
    await openStore({ url: fake.url, waitAof: true })
    expect(store.weaknesses).toEqual([])
    fake.commands.length = 0
    expect(await store.write([writeOf()])).toEqual([STORED])
    await store.read(['order-17'])
    await store.ping()
    expect(fake.commands.map(([word]) => word)).toEqual(['EVALSHA', 'WAITAOF', 'MGET', 'PING'])
    expect(fake.commands[1]).toEqual(['WAITAOF', '1', '0', '2500'])
    await store.close()
    await fake.close()
  })

  it('leaves a write unknown when it does not say that it is on the disk', async () => {
    for (const answer of ['*2\r\n:0\r\n:0', '-ERR WAITAOF cannot be used']) {
      let copies = '*2\r\n:1\r\n:0'
      const fake = await fakeRedis((command) => answering(copies)(command))
      await openStore({ url: fake.url, waitAof: true })
      copies = answer
      const failure = await failureOf(store.write([writeOf()]))
      expect(failure).not.toBeInstanceOf(StoreUnavailable)
      expect(failure.message).toMatch(/disk/)
      await store.close()
      await fake.close()
    }
  })

  it('is refused where it can not be asked', async () => {
    await expect(openStore({ waitAof: true })).rejects.toThrow(
      /its version is 7.0.\d+; it must be Redis 7.2 or later/,
    )
  })
})
