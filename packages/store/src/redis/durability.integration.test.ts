import { isAssentError } from '@assent/contract'
import { type Store, StoreUnavailable } from '@assent/engine'
import { type OwnServer, startRedis } from '@assent/testkit/servers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectTo } from '../../test/redis-keys.ts'
import type { RedisOptions } from './options.ts'
import { redis } from './store.ts'

let server: OwnServer
let admin: Awaited<ReturnType<typeof connectTo>>
const stores: Store[] = []

beforeEach(async () => {
  server = await startRedis()
  admin = await connectTo(server.url)
})
afterEach(async () => {
  vi.restoreAllMocks()
  for (const store of stores.splice(0)) await store.close()
  admin.destroy()
  await server.close()
})

function storeOn(options: Partial<RedisOptions> = {}): Store {
  const store = redis({ url: server.url, ...options })
  stores.push(store)
  return store
}

async function refusalOf(options: Partial<RedisOptions> = {}): Promise<string> {
  const error = await storeOn(options)
    .open()
    .catch((cause: unknown) => cause)
  if (!isAssentError(error)) throw new Error(`it was not refused: ${error}`)
  expect(error.code).toBe('STORE_INVALID')
  return error.message
}

/** Refused as it is, with the name by which it is opened, and shown then. */
async function expectWeakness(
  name: string,
  words: RegExp,
  options: Partial<RedisOptions> = {},
): Promise<void> {
  const message = await refusalOf(options)
  expect(message).toMatch(words)
  expect(message.endsWith(`; set it otherwise, or accept this by its name: ${name}`)).toBe(true)
  expect(await admin.dbSize()).toBe(0)
  const store = storeOn({ acceptedWeaknesses: [name], ...options })
  await store.open()
  expect(store.weaknesses).toEqual([expect.stringMatching(words)])
  expect(store.weaknesses[0]).toContain(name)
}

describe('a server that keeps less than it acknowledges', () => {
  it.each([
    [{ appendfsync: 'everysec' }, 'appendfsync=everysec', /a power cut loses .* in the last second or two/],
    [{ appendfsync: 'no' }, 'appendfsync=no', /a power cut loses .* in the last half minute/],
    [{ appendonly: 'no' }, 'appendonly=no', /a crash of the server loses .* since its last snapshot/],
    [
      { 'no-appendfsync-on-rewrite': 'yes' },
      'no-appendfsync-on-rewrite=yes',
      /a power cut while the log is rewritten loses/,
    ],
    [
      { 'maxmemory-policy': 'allkeys-lru' },
      'maxmemory-policy=allkeys-lru',
      /a server whose memory is full deletes transactions/,
    ],
    [
      { 'maxmemory-policy': 'allkeys-random' },
      'maxmemory-policy=allkeys-random',
      /a server whose memory is full deletes transactions/,
    ],
  ])(
    'with %j is refused unless that is accepted by name, and then shows it',
    async (settings, name, words) => {
      await admin.configSet(settings as Record<string, string>)
      await expectWeakness(name, words)
    },
  )

  it('in several ways names all of them at once', async () => {
    await admin.configSet({ appendfsync: 'everysec', 'maxmemory-policy': 'allkeys-lfu' })
    const message = await refusalOf({ acceptedWeaknesses: ['appendonly=no'] })
    expect(message).toMatch(/accept this by its name: appendfsync=everysec, maxmemory-policy=allkeys-lfu$/)
    const store = storeOn({
      acceptedWeaknesses: ['appendfsync=everysec', 'maxmemory-policy=allkeys-lfu', 'unverified'],
    })
    await store.open()
    expect(store.weaknesses).toHaveLength(2)
  })

  it('is not taken for one because it deletes keys that expire: none of ours does', async () => {
    await admin.configSet('maxmemory-policy', 'volatile-lru')
    const store = storeOn()
    await store.open()
    expect(store.weaknesses).toEqual([])
  })
})

describe('a server that another may take over from', () => {
  it('is refused unless that is accepted by name', async () => {
    const { port, password } = new URL(server.url)
    const replica = await startRedis({ settings: { masterauth: password, replicaof: `127.0.0.1 ${port}` } })
    await vi.waitFor(
      async () => expect(await admin.info('replication')).toMatch(/connected_slaves:1/),
      10_000,
    )
    await expectWeakness('asynchronous-failover', /may not have received all/)
    await replica.close()
  })

  it('is known by those who watch it', async () => {
    const sentinel = await connectTo(server.url)
    await sentinel.subscribe('__sentinel__:hello', () => {})
    await expectWeakness('asynchronous-failover', /may not have received all/)
    sentinel.destroy()
  })
})

describe('a server that does not say how it is set', () => {
  it.each(['config', 'info'])(
    'is refused unless that is accepted by name, where %s is forbidden',
    async (word) => {
      await admin.sendCommand([
        'ACL',
        'SETUSER',
        'kept-out',
        'on',
        '>secret',
        '~*',
        '&*',
        '+@all',
        `-${word}`,
      ])
      const url = new URL(server.url)
      url.username = 'kept-out'
      url.password = 'secret'
      await expectWeakness('unverified', /nobody knows what a crash or a power cut loses/, { url: url.href })
    },
  )
})

describe('a server that is set otherwise while it runs', () => {
  it('is said to be by ping, within half a minute, until it is set right again or accepted', async () => {
    const store = storeOn()
    await store.open()
    await store.ping()
    await admin.configSet('appendfsync', 'everysec')
    await store.ping()
    const { now } = performance
    let laterMs = 31_000
    vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + laterMs)
    const failure = await store.ping().catch((error: Error) => error)
    expect(failure).toBeInstanceOf(StoreUnavailable)
    expect((failure as Error).message).toMatch(/made weaker while it ran, appendfsync=everysec/)
    expect(store.weaknesses).toHaveLength(1)
    await admin.configSet('appendfsync', 'always')
    laterMs += 31_000
    await store.ping()
    expect(store.weaknesses).toEqual([])
  })

  it('or whose keys somebody deleted, is said to be by ping', async () => {
    const store = storeOn()
    await store.open()
    await admin.flushAll()
    const { now } = performance
    vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 31_000)
    await expect(store.ping()).rejects.toThrow(/{assent}:about is gone/)
  })
})
