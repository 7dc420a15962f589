import { setTimeout as sleep } from 'node:timers/promises'
import { type Store, StoreUnavailable } from '@assent/engine'
import { type OwnServer, startPostgres } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { holding, type PostgresTool, postgresTool } from '../../test/postgres.ts'
import { runScript } from '../../test/process.ts'
import { proxyTo, type TcpProxy } from '../../test/proxy.ts'
import { manyWrites, writeOf } from '../../test/rows.ts'
import { addressOf } from './address.ts'
import { Database } from './database.ts'
import { type PostgresOptions, postgres } from './store.ts'

const STORED = { outcome: 'stored' }

let server: OwnServer
let tool: PostgresTool
let proxy: TcpProxy
let schema: string
let store: Store

beforeAll(async () => {
  server = await startPostgres()
  tool = postgresTool(server.url)
})
afterAll(async () => {
  await tool.close()
  await server.close()
})
beforeEach(async () => {
  schema = tool.newSchema()
  proxy = await proxyTo(server.url)
})
afterEach(async () => {
  await store.close()
  await proxy.close()
})

async function openStore(options: Partial<PostgresOptions> = {}): Promise<void> {
  store = postgres({ url: proxy.url, schema, ...options })
  await store.open()
}

/** What a promise rejected with; fails when it did not. */
async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable('it succeeded'),
    (error: Error) => error,
  )
}

/** Sessions of stores at the server. */
async function sessions(): Promise<number> {
  const [found] = await tool.run(
    "SELECT count(*)::integer AS number FROM pg_stat_activity WHERE application_name = 'assent'",
  )
  return found?.number
}

describe('a lost connection', () => {
  it('leaves open what became of a batch, when it arrived and when it did not', async () => {
    await openStore()
    for (const [mode, version] of [
      ['loses answers', 1],
      ['loses requests', undefined],
    ] as const) {
      await store.ping()
      proxy.mode = mode
      const before = proxy.forwarded
      const writing = failureOf(store.write([writeOf({ gid: mode })]))
      await expect.poll(() => mode === 'loses requests' || proxy.forwarded > before).toBe(true)
      await sleep(100)
      proxy.cut()
      expect(await writing).not.toBeInstanceOf(StoreUnavailable)
      proxy.mode = 'open'
      await expect.poll(async () => (await store.read([mode]))[0]?.version).toBe(version)
    }
  })

  it('under a reading changed nothing, and is told so', async () => {
    await openStore()
    await store.ping()
    proxy.mode = 'loses requests'
    const reading = failureOf(store.read(['any']))
    await sleep(50)
    proxy.cut()
    expect(await reading).toBeInstanceOf(StoreUnavailable)
  })

  it('that could not be made is told as such', async () => {
    await openStore()
    proxy.mode = 'closes'
    proxy.cut()
    await sleep(50)
    expect(await failureOf(store.write([writeOf()]))).toBeInstanceOf(StoreUnavailable)
    expect(await failureOf(store.ping())).toBeInstanceOf(StoreUnavailable)
    proxy.mode = 'open'
    expect(await store.write([writeOf()])).toEqual([STORED])
  })

  it('is not taken for a refusal when the server ends it, whose last word may come behind a commit', async () => {
    await openStore()
    await store.write([writeOf()])
    const held = await holding(server.url, schema, 'SELECT FROM transactions FOR UPDATE')
    const writing = failureOf(store.write([writeOf({ expect: 1 })]))
    await held.untilInTheWay()
    await tool.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'assent'")
    const error = await writing
    expect(error).not.toBeInstanceOf(StoreUnavailable)
    expect(error).toMatchObject({ code: '57P01' })
    await held.end('ROLLBACK')
    expect(await store.write([writeOf({ expect: 1 })])).toEqual([STORED])
  })
})

describe('a statement that the server gives up', () => {
  it('has written nothing, and the store says so', async () => {
    await openStore()
    await store.write([writeOf()])
    const held = await holding(server.url, schema, 'SELECT FROM transactions FOR UPDATE')
    const writing = failureOf(store.write([writeOf({ expect: 1 }), writeOf({ gid: 'new' })]))
    await held.untilInTheWay()
    await tool.run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'assent'")
    expect(await writing).toBeInstanceOf(StoreUnavailable)
    await held.end('ROLLBACK')
    expect((await store.read(['order-17', 'new'])).map((row) => row?.version)).toEqual([1, undefined])
  })

  it('for a deadlock with another program is sent again', async () => {
    // Whoever looks first is the one that is ended, and each looks once: the store, late enough that there is one.
    const url = new URL(proxy.url)
    url.searchParams.set('options', '-c deadlock_timeout=3s')
    await openStore({ url: url.href })
    await store.write([writeOf({ gid: 'a' }), writeOf({ gid: 'b' })])
    const held = await holding(server.url, schema, "UPDATE transactions SET updated_at = 1 WHERE gid = 'b'")
    await held.run("SET LOCAL deadlock_timeout = '60s'")
    const writing = store.write([writeOf({ gid: 'a', expect: 1 }), writeOf({ gid: 'b', expect: 1 })])
    await held.untilInTheWay()
    // Waits for the store, which waits for it.
    await held.run("UPDATE transactions SET updated_at = 1 WHERE gid = 'a'")
    await held.end('COMMIT')
    expect(await writing).toEqual([STORED, STORED])
  })
})

describe('a server', () => {
  it('that is killed and started again is found again, and nothing that it acknowledged is lost', async () => {
    await openStore({ url: server.url, connections: { max: 4, idleMax: 2 } })
    let acknowledged = 0
    for (let round = 0; round < 3; round += 1) {
      let isUp = true
      const working = Array.from({ length: 8 }, async (_, worker) => {
        for (let turn = 0; isUp; turn += 1) {
          const batch = manyWrites(8).map((write) => ({
            ...write,
            gid: `${round}-${worker}-${turn}-${write.gid}`,
          }))
          const answers = await store.write(batch).catch(() => undefined)
          if (answers === undefined) return
          expect(answers).toEqual(batch.map(() => STORED))
          acknowledged += batch.length
        }
      })
      await sleep(300)
      await server.kill()
      isUp = false
      await Promise.all(working)
      const failures = await Promise.all(Array.from({ length: 50 }, () => failureOf(store.ping())))
      for (const failure of failures) expect(failure).toBeInstanceOf(StoreUnavailable)
      await server.start()
      await store.ping()
      const [kept] = await tool.run('SELECT count(*)::integer AS rows FROM transactions', { schema })
      expect(acknowledged).toBeGreaterThan(0)
      expect(kept?.rows).toBeGreaterThanOrEqual(acknowledged)
      acknowledged = kept?.rows
      await Promise.all(Array.from({ length: 50 }, () => store.ping()))
      expect(await sessions()).toBeLessThanOrEqual(4)
    }
  })

  it('that has become a standby counts as away until it is promoted', async () => {
    await openStore({ url: server.url })
    await tool.run("COPY (SELECT 1) TO PROGRAM 'cat > standby.signal'")
    await server.kill()
    await server.start()
    const error = await failureOf(store.write([writeOf()]))
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error.message).toBe('the server is a standby, which takes no writes')
    expect(await failureOf(store.ping())).toBeInstanceOf(StoreUnavailable)
    await tool.run('SELECT pg_promote()')
    expect(await store.write([writeOf()])).toEqual([STORED])
  })

  it('that somebody has made read-only counts as away, and says why', async () => {
    await openStore({ url: server.url })
    await store.close()
    await tool.run('ALTER DATABASE assent SET default_transaction_read_only = on')
    await openStore({ url: server.url })
    expect((await failureOf(store.ping())).message).toBe('the database is read-only')
    expect(await failureOf(store.write([writeOf()]))).toBeInstanceOf(StoreUnavailable)
    await tool.run(
      'SET transaction_read_only = off; ALTER DATABASE assent RESET default_transaction_read_only',
    )
    await store.close()
    await openStore({ url: server.url })
    await store.ping()
  })

  it('that is away costs nothing but the attempts that are asked for', async () => {
    await openStore()
    proxy.mode = 'closes'
    proxy.cut()
    await sleep(100)
    const before = proxy.accepted
    await sleep(300)
    expect(proxy.accepted).toBe(before)
    for (let attempt = 0; attempt < 5; attempt += 1) await failureOf(store.ping())
    expect(proxy.accepted).toBe(before + 5)
  })

  it('that has gone silent is given up after a while, by what was asked and by whoever closes', async () => {
    await openStore()
    await store.close()
    const { config } = addressOf(proxy.url, undefined)
    const database = new Database({
      address: config,
      schema,
      connections: { max: 2, idleMax: 2, lifeMs: 60_000 },
      isDurable: true,
      waits: { connectMs: 300, answerMs: 500, idleMs: 60_000 },
    })
    await database.read({ text: 'SELECT 1' })
    proxy.mode = 'loses requests'
    const began = performance.now()
    const asked = Array.from({ length: 6 }, () => failureOf(database.change({ text: 'SELECT 1' }, [])))
    await Promise.all(asked)
    await database.close()
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})

describe('a store that is not open', () => {
  it('refuses every call as unavailable, before it was opened and after it was closed', async () => {
    store = postgres({ url: server.url, schema })
    expect(store.weaknesses).toEqual([])
    expect(await failureOf(store.write([writeOf()]))).toBeInstanceOf(StoreUnavailable)
    expect(await failureOf(store.list({}))).toBeInstanceOf(StoreUnavailable)
    await store.open()
    // The second asks once more, to say what stands there.
    const writing = Promise.all([
      store.write([writeOf()]),
      store.write([writeOf({ gid: 'other', expect: 1 })]),
    ])
    await store.close()
    expect(await writing).toEqual([[STORED], [{ outcome: 'conflict' }]])
    expect(await failureOf(store.ping())).toBeInstanceOf(StoreUnavailable)
    await store.close()
    await store.open()
    expect((await store.read(['order-17']))[0]?.version).toBe(1)
  })
})

describe('a process', () => {
  it('ends by itself although its store is open, when nothing is asked of it', async () => {
    store = postgres({ url: server.url, schema })
    const script = runScript('open-and-idle-postgres.ts', server.url, schema)
    await script.line('written')
    expect(await script.ended).toBe(0)
  })
})
