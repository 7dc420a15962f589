import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { isAssentError } from '@assent/contract'
import { type Store, StoreUnavailable } from '@assent/engine'
import { type OwnServer, startRedis } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../test/directory.ts'
import { fakeRedis, listOf } from '../../test/fake-redis.ts'
import { runScript } from '../../test/process.ts'
import { connectTo, newPrefix } from '../../test/redis-keys.ts'
import { writeOf } from '../../test/rows.ts'
import type { RedisOptions } from './options.ts'
import { redis } from './store.ts'

const STORED = { outcome: 'stored' }

let server: OwnServer
let admin: Awaited<ReturnType<typeof connectTo>>
const stores: Store[] = []

beforeAll(async () => {
  server = await startRedis()
  admin = await connectTo(server.url)
})
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})
afterAll(async () => {
  admin.destroy()
  await server.close()
})

function storeOn(options: Partial<RedisOptions> = {}): Store {
  const store = redis({ url: server.url, prefix: newPrefix(), ...options })
  stores.push(store)
  return store
}

/** What opening it was refused with. */
async function refusalOf(options: Partial<RedisOptions>): Promise<{ message: string; details: unknown }> {
  const error = await storeOn(options)
    .open()
    .catch((cause: unknown) => cause)
  if (!isAssentError(error)) throw new Error(`it was not refused: ${error}`)
  expect(error.code).toBe('STORE_INVALID')
  return { message: error.message, details: error.details }
}

/** The server's URL with this user. */
function as(user: string, password: string, url = server.url): string {
  const other = new URL(url)
  other.username = user
  other.password = password
  return other.href
}

describe('a server that is away', () => {
  it('makes opening unavailable, and may be opened once it is there', async () => {
    const own = await startRedis()
    const store = storeOn({ url: own.url })
    await own.kill()
    const began = performance.now()
    await expect(store.open()).rejects.toBeInstanceOf(StoreUnavailable)
    expect(performance.now() - began).toBeLessThan(2_000)
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable)
    await own.start()
    await store.open()
    expect(await store.write([writeOf()])).toEqual([STORED])
    await own.close()
  })

  it('that takes connections and says nothing is given up in time', async () => {
    const fake = await fakeRedis(() => undefined)
    const began = performance.now()
    const opening = storeOn({ url: fake.url, connectTimeoutMs: 200, commandTimeoutMs: 200 }).open()
    await expect(opening).rejects.toBeInstanceOf(StoreUnavailable)
    expect(performance.now() - began).toBeLessThan(2_000)
    await fake.close()
  })

  it('or is still reading its log, is unavailable and not invalid', async () => {
    const fake = await fakeRedis(([word]) =>
      word === 'HELLO' ? greeting() : '-LOADING Redis is loading the dataset in memory',
    )
    await expect(storeOn({ url: fake.url }).open()).rejects.toBeInstanceOf(StoreUnavailable)
    await fake.close()
  })

  it('that has no connection left for us is unavailable and not invalid', async () => {
    const fake = await fakeRedis(() => '-ERR max number of clients reached')
    await expect(storeOn({ url: as('', 'secret', fake.url) }).open()).rejects.toBeInstanceOf(StoreUnavailable)
    await fake.close()
  })
})

function greeting(given: Record<string, string> = {}): string {
  const said = { server: 'redis', version: '7.0.15', mode: 'standalone', role: 'master', ...given }
  return listOf(...Object.entries(said).flat())
}

describe('who may open a store', () => {
  it('is told when the password is wrong, and never shown it', async () => {
    const { message, details } = await refusalOf({ url: as('', 'wrong-password') })
    expect(message).toMatch(/WRONGPASS.*see that user and password are right/)
    expect(`${message} ${JSON.stringify(details)}`).not.toContain('wrong-password')
    const nobody = new URL(server.url)
    nobody.password = ''
    expect((await refusalOf({ url: nobody.href })).message).toMatch(/NOAUTH/)
  })

  it('is told when the user may not do all that is needed, before anything depends on it', async () => {
    await admin.sendCommand(['ACL', 'SETUSER', 'short', 'on', '>secret', '~*', '+@all', '-zremrangebyrank'])
    const { message } = await refusalOf({ url: as('short', 'secret') })
    expect(message).toMatch(/can't run this command.*this user may do all that is needed/)
  })

  it('is told when the user may not use keys of that name', async () => {
    await admin.sendCommand(['ACL', 'SETUSER', 'elsewhere', 'on', '>secret', '~other*', '+@all'])
    expect((await refusalOf({ url: as('elsewhere', 'secret') })).message).toMatch(/NOPERM/)
  })

  it('needs no more than the rights that the documentation names', async () => {
    const page = readFileSync(new URL('../../../../docs/stores/redis.md', import.meta.url), 'utf8')
    const rule = /^ACL SETUSER (.+)$/m.exec(page)?.[1] ?? ''
    const prefix = 'assent'
    await admin.sendCommand(['ACL', 'SETUSER', ...rule.split(' ')])
    const [user = '', , password = ''] = rule.split(' ')
    const store = storeOn({ url: as(user, password.slice(1)), prefix })
    await store.open()
    expect(store.weaknesses).toEqual([])
    await store.register('a', 60_000)
    expect(await store.write([writeOf({ labels: { x: 'y' }, attention: true })])).toEqual([STORED])
    expect(
      await store.claim({ incarnation: 'a', applications: [''], limit: 9, writeId: 'claim' }),
    ).toHaveLength(1)
    expect((await store.heartbeat('a', 60_000)).alive).toBe(true)
    expect((await store.owned({ incarnation: 'a', limit: 9 })).transactions).toHaveLength(1)
    expect((await store.list({ label: { key: 'x', value: 'y' }, mode: 'saga' })).rows).toHaveLength(1)
    expect(await store.write([writeOf({ expect: 2, endedAt: 1, dueAt: null })])).toEqual([STORED])
    expect(await store.sweep({ endedBefore: 2, tombstonesBefore: 0, limit: 9 })).toMatchObject({ swept: 1 })
    expect(await store.sweep({ endedBefore: 2, tombstonesBefore: 2, limit: 9 })).toMatchObject({
      forgotten: 1,
    })
    expect(await store.nextDueAt([''])).toBeNull()
    expect((await store.summary()).active).toEqual({})
    await store.retire('a')
    await store.ping()
    await admin.sendCommand(['FLUSHALL'])
  })
})

describe('a server that is not to be used', () => {
  it.each([
    [
      'is older than 7.0',
      greeting({ version: '6.2.14' }),
      /its version is 6.2.14; it must be Redis 7.0 or later/,
    ],
    ['is very old', "-ERR unknown command 'HELLO'", /it is very old; it must be Redis 7.0 or later/],
    ['is a sentinel', greeting({ mode: 'sentinel' }), /it is a sentinel; name the server that it watches/],
  ])('is refused when it %s', async (_what, hello, refusal) => {
    const fake = await fakeRedis(() => hello)
    expect((await refusalOf({ url: fake.url })).message).toMatch(refusal)
    await fake.close()
  })

  it('is refused when it is a replica, naming what to use', async () => {
    const { port, password } = new URL(server.url)
    const replica = await startRedis({ settings: { masterauth: password, replicaof: `127.0.0.1 ${port}` } })
    expect((await refusalOf({ url: replica.url })).message).toMatch(/is a replica.*name its master/)
    await replica.close()
  })

  it('is refused when several are named that are no cluster', async () => {
    expect((await refusalOf({ url: [server.url, 'redis://127.0.0.1:1'] })).message).toMatch(
      /no node of a cluster; name one/,
    )
  })

  it.each([
    ['http://127.0.0.1', /can not be read; it must be such as redis:/],
    ['redis//127.0.0.1', /can not be read/],
    ['redis://:100%@127.0.0.1', /percent-encoded/],
    ['redis://127.0.0.1/zero', /must be the number of a database/],
  ])('is not looked for at %s', async (url, refusal) => {
    expect((await refusalOf({ url })).message).toMatch(refusal)
  })

  it('is refused where the database has a number that it does not have', async () => {
    expect((await refusalOf({ url: `${server.url}/4711` })).message).toMatch(
      /out of range.*right server and database/,
    )
  })

  it.each([
    [{ prefix: '' }, /prefix/],
    [{ prefix: 'a{b' }, /prefix/],
    [{ slots: 0 }, /slots is 0/],
    [{ slots: 1.5 }, /slots is 1.5/],
    [{ acceptedWeaknesses: ['fsync'] }, /no weakness is called fsync; those that there are: appendonly=no/],
  ])('is not opened with %j', async (options, refusal) => {
    expect((await refusalOf(options)).message).toMatch(refusal)
  })
})

describe('what stands under the prefix', () => {
  it('is kept apart from other prefixes and other databases', async () => {
    const prefix = newPrefix()
    const all = [
      storeOn({ prefix }),
      storeOn({ prefix: `${prefix}x` }),
      storeOn({ prefix, url: `${server.url}/3` }),
    ]
    for (const store of all) {
      await store.open()
      expect(await store.write([writeOf()])).toEqual([STORED])
    }
  })

  it('of another program is refused, and left as it was', async () => {
    const prefix = newPrefix()
    await admin.set(`{${prefix}}:about`, 'something else')
    expect((await refusalOf({ prefix })).message).toMatch(/belongs to another program; name another prefix/)
    expect(await admin.get(`{${prefix}}:about`)).toBe('something else')

    const other = newPrefix()
    await admin.hSet(`{${other}}:about`, 'version', '3')
    expect((await refusalOf({ prefix: other })).message).toMatch(/belongs to another program/)

    const third = newPrefix()
    await admin.set(`{${third}:0}:names`, 'something else')
    expect((await refusalOf({ prefix: third })).message).toMatch(
      /it is missing, and other keys of a store are there/,
    )
    await admin.hSet(`{${third}}:about`, { layout: '1', slots: '1' })
    expect((await refusalOf({ prefix: third })).message).toMatch(/belongs to another program/)
  })

  it('of a newer version is refused, naming what to run', async () => {
    const prefix = newPrefix()
    await storeOn({ prefix }).open()
    await admin.hSet(`{${prefix}}:about`, 'layout', '2')
    expect((await refusalOf({ prefix })).message).toMatch(
      /its layout is number 2 and this version knows 1; run the version that wrote it, or a newer one/,
    )
  })

  it('keeps the slots with which it began', async () => {
    const prefix = newPrefix()
    await storeOn({ prefix, slots: 4 }).open()
    await storeOn({ prefix }).open()
    await storeOn({ prefix, slots: 4 }).open()
    expect((await refusalOf({ prefix, slots: 5 })).message).toMatch(
      /split into 4 slots, and 5 are asked for; ask for 4/,
    )
  })

  it('is founded once when several open it at once', async () => {
    const prefix = newPrefix()
    const many = Array.from({ length: 8 }, () => storeOn({ prefix }))
    await Promise.all(many.map((store) => store.open()))
    const written = await Promise.all(
      many.map((store, index) => store.write([writeOf({ gid: `g-${index}` })])),
    )
    expect(written.flat()).toEqual(many.map(() => STORED))
    expect((await many[0]!.list({})).rows).toHaveLength(8)
  })

  it('is not founded anew over the rest of what somebody deleted a part of', async () => {
    const prefix = newPrefix()
    const store = storeOn({ prefix })
    await store.open()
    await store.write([writeOf()])
    await admin.del(`{${prefix}}:about`)
    expect((await refusalOf({ prefix })).message).toMatch(
      /it is missing, and other keys of a store are there/,
    )
  })

  it('never expires by itself', async () => {
    const prefix = newPrefix()
    const store = storeOn({ prefix })
    await store.open()
    await store.register('a', 1_000)
    await store.write([writeOf(), writeOf({ gid: 'ended', endedAt: 1, dueAt: null, status: 'COMMITTED' })])
    await store.sweep({ endedBefore: 2, tombstonesBefore: 0, limit: 9 })
    for await (const keys of admin.scanIterator({ MATCH: `{${prefix}*` })) {
      for (const key of keys) expect([key, await admin.pTTL(key)]).toEqual([key, -1])
    }
  })
})

describe('a process', () => {
  it('ends by itself when all that is left is an open store', async () => {
    const idle = runScript('open-redis-and-idle.ts', server.url, newPrefix())
    expect(await idle.ended).toBe(0)
    expect(idle.lines).toEqual(['written'])
  })
})

describe('a connection with TLS', () => {
  it('is made when the server is vouched for, and refused when it is not', async () => {
    const directory = await temporaryDirectory()
    const pem = (name: string): string => join(directory.path, name)
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
        ...['-keyout', pem('key'), '-out', pem('certificate')],
      ],
      { stdio: 'ignore' },
    )
    const ca = readFileSync(pem('certificate'))
    const plain = new URL(server.url)
    const front = createServer({ key: readFileSync(pem('key')), cert: ca }, (socket) => {
      const upstream = connect(Number(plain.port), plain.hostname)
      socket.pipe(upstream).pipe(socket)
      for (const one of [socket, upstream]) one.on('error', () => one.destroy())
      socket.on('close', () => upstream.destroy())
    })
    front.listen(0, '127.0.0.1')
    await once(front, 'listening')
    const { port } = front.address() as AddressInfo
    const url = `rediss://:${plain.password}@127.0.0.1:${port}`

    const store = storeOn({ url, tls: { ca } })
    await store.open()
    expect(await store.write([writeOf()])).toEqual([STORED])
    await store.close()
    const implied = storeOn({ url: url.replace('rediss:', 'redis:'), tls: { ca } })
    await implied.open()
    await implied.close()
    expect((await refusalOf({ url })).message).toMatch(/self-signed certificate.*see that it speaks TLS/)
    front.close()
    await directory.remove()
  })
})
