import { setTimeout as sleep } from 'node:timers/promises'
import { type Store, StoreUnavailable } from '@assent/engine'
import { type OwnServer, startMariadb } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newDatabase, runOn, type TestDatabase } from '../../test/mysql-databases.ts'
import { type MysqlProxy, mysqlProxy } from '../../test/mysql-proxy.ts'
import { manyWrites, writeOf } from '../../test/rows.ts'
import { type MysqlOptions, mysql } from './store.ts'

const STORED = { outcome: 'stored' }

/** With a binary log, so that a commit has two parts that a crash can come between. */
const SETTINGS = { 'log-bin': 'binlog', 'sync-binlog': '1', 'binlog-format': 'ROW' }

let server: OwnServer
let database: TestDatabase
let proxy: MysqlProxy
let store: Store

beforeAll(async () => {
  server = await startMariadb({ settings: SETTINGS })
})
afterAll(() => server.close())
beforeEach(async () => {
  database = await newDatabase(server.url)
  proxy = await mysqlProxy(database.url)
})
afterEach(async () => {
  await store.close()
  await proxy.close()
  await database.drop()
})

async function openStore(options: Partial<MysqlOptions> = {}): Promise<void> {
  store = mysql({ url: proxy.url, ...options })
  await store.open()
}

/** What a promise rejected with; fails when it did not. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  )
}

async function untilAnswered(): Promise<void> {
  for (;;) {
    try {
      return await store.ping()
    } catch {
      await sleep(50)
    }
  }
}

describe('a lost connection', () => {
  it('before a commit arrived leaves open what became of the batch, of which nothing was written', async () => {
    await openStore()
    proxy.fate = 'never arrives'
    const failure = await failureOf(store.write(manyWrites(10)))
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(StoreUnavailable)
    proxy.fate = 'works'
    expect(await store.read(['row-0'])).toEqual([undefined])
  })

  it('before the answer to a commit leaves open what became of the batch, which was written', async () => {
    await openStore()
    proxy.fate = 'is not answered'
    const failure = await failureOf(store.write(manyWrites(10)))
    expect(failure).not.toBeInstanceOf(StoreUnavailable)
    expect(String(failure)).toMatch(/unknown/)
    proxy.fate = 'works'
    const rows = await store.read(manyWrites(10).map(({ gid }) => gid))
    expect(rows.map((row) => row?.writeId)).toEqual(new Array(10).fill('write-1'))
    // Whoever repeats it finds his own write.
    expect(await store.write([writeOf({ gid: 'row-0' })])).toMatchObject([
      { outcome: 'conflict', row: { version: 1, writeId: 'write-1' } },
    ])
  })

  it('leaves open what became of a claim too', async () => {
    await openStore()
    await store.write([writeOf()])
    await store.register('a', 60_000)
    proxy.fate = 'is not answered'
    const failure = await failureOf(
      store.claim({ incarnation: 'a', applications: [''], limit: 1, writeId: 'claim' }),
    )
    expect(failure).not.toBeInstanceOf(StoreUnavailable)
    proxy.fate = 'works'
    expect((await store.read(['order-17']))[0]?.owner).toBe('a')
  })

  it('before a commit was sent is certain: nothing was written', async () => {
    await openStore()
    await store.write([writeOf()])
    const holding = database.run('BEGIN', 'SELECT * FROM assent_transactions FOR UPDATE', 'DO SLEEP(1)')
    await sleep(200)
    const writing = failureOf(store.write([writeOf({ expect: 1, state: 'second' })]))
    await sleep(200)
    proxy.cut()
    expect(await writing).toBeInstanceOf(StoreUnavailable)
    await holding
    expect((await store.read(['order-17']))[0]?.version).toBe(1)
  })

  it('is replaced by whoever needs one next, and by nobody before', async () => {
    await openStore()
    await Promise.all([store.ping(), store.ping(), store.ping()])
    const accepted = proxy.accepted
    proxy.cut()
    await sleep(300)
    expect(proxy.accepted).toBe(accepted)
    await store.ping()
    expect(proxy.accepted).toBe(accepted + 1)
  })
})

describe('a server that is away', () => {
  it('when the store is opened is unavailable, and the store opens once it is there', async () => {
    await server.kill()
    store = mysql({ url: database.url })
    const failure = await failureOf(store.open())
    expect(failure).toBeInstanceOf(StoreUnavailable)
    expect(String(failure)).toContain(`MySQL at 127.0.0.1:${new URL(server.url).port}`)
    expect(String(failure)).not.toContain(new URL(server.url).password)
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable)
    await server.start()
    await store.open()
    expect(await store.write([writeOf()])).toEqual([STORED])
  })

  it('later fails what is asked of it at once, keeps what it answered, and is found again by itself', async () => {
    store = mysql({ url: database.url })
    await store.open()
    for (let round = 0; round < 2; round += 1) {
      let acknowledged = 0
      const writing = (async () => {
        for (;;) {
          const batch = manyWrites(20).map((row) => ({ ...row, gid: `${round}-${acknowledged}-${row.gid}` }))
          expect(await store.write(batch)).toEqual(batch.map(() => STORED))
          acknowledged += 1
        }
      })()
      const failing = failureOf(writing)
      await sleep(300)
      await server.kill()
      expect(await failing).toBeInstanceOf(Error)
      const began = performance.now()
      for (let call = 0; call < 20; call += 1) {
        expect(await failureOf(store.write([writeOf()]))).toBeInstanceOf(StoreUnavailable)
      }
      expect(performance.now() - began).toBeLessThan(5_000)
      await server.start()
      await untilAnswered()
      const [kept] = await database.run(
        `SELECT COUNT(*) AS number FROM assent_transactions WHERE gid LIKE '${round}-%'`,
      )
      expect(acknowledged).toBeGreaterThan(0)
      expect(kept?.number).toBeGreaterThanOrEqual(acknowledged * 20)
    }
    const [sessions] = await runOn(
      server.url,
      "SELECT COUNT(*) AS number FROM information_schema.PROCESSLIST WHERE DB LIKE 'assent_test%'",
    )
    expect(sessions?.number).toBeLessThanOrEqual(16)
  })

  it('and silent is given up after a while, and found again by itself', { timeout: 60_000 }, async () => {
    store = mysql({ url: database.url })
    await store.open()
    const late = mysql({ url: database.url })
    server.pause()
    try {
      const began = performance.now()
      const opened = failureOf(late.open()).then((error) => {
        expect(error).toBeInstanceOf(StoreUnavailable)
        expect(performance.now() - began).toBeLessThan(8_000)
      })
      expect(await failureOf(store.write([writeOf()]))).toBeInstanceOf(StoreUnavailable)
      expect(performance.now() - began).toBeLessThan(25_000)
      await opened
    } finally {
      server.resume()
    }
    await untilAnswered()
    expect(await store.write([writeOf()])).toEqual([STORED])
  })

  it('ends nothing but the calls that were under way when the store is closed', async () => {
    await openStore()
    const writing = store.write(manyWrites(500))
    await store.close()
    expect(await writing).toEqual(manyWrites(500).map(() => STORED))
    await expect(store.write([writeOf()])).rejects.toBeInstanceOf(StoreUnavailable)
    await store.close()
  })
})

describe('a server that is configured weakly', () => {
  async function withGlobal(setting: string, value: string, work: () => Promise<void>): Promise<void> {
    const [before] = await runOn(server.url, `SELECT @@GLOBAL.${setting} AS value`)
    await runOn(server.url, `SET GLOBAL ${setting} = ${value}`)
    try {
      await work()
    } finally {
      await runOn(server.url, `SET GLOBAL ${setting} = '${before?.value}'`.replace(/'(\d+)'/, '$1'))
    }
  }

  it.each([
    ['innodb_flush_log_at_trx_commit', '2'],
    ['sync_binlog', '0'],
  ])(
    'with %s=%s is refused, unless that is accepted by name, and then the store says so',
    async (setting, value) => {
      await withGlobal(setting, value, async () => {
        store = mysql({ url: database.url })
        const name = `${setting}=${value}`
        await expect(store.open()).rejects.toMatchObject({
          code: 'STORE_INVALID',
          message: expect.stringContaining(`accept ${name} by name`),
        })
        store = mysql({ url: database.url, acceptedWeaknesses: [name] })
        await store.open()
        expect(store.weaknesses).toEqual([expect.stringMatching(`^${name}: a power cut may`)])
      })
      store = mysql({ url: database.url, acceptedWeaknesses: [`${setting}=${value}`] })
      await store.open()
      expect(store.weaknesses).toEqual([])
    },
  )

  it.each([
    ['max_allowed_packet', '4194304', 'set max_allowed_packet=16M'],
    ['binlog_format', "'STATEMENT'", 'set binlog_format=ROW'],
  ])('with %s=%s is refused', async (setting, value, remedy) => {
    await withGlobal(setting, value, async () => {
      store = mysql({ url: database.url })
      await expect(store.open()).rejects.toMatchObject({
        code: 'STORE_INVALID',
        message: expect.stringContaining(remedy),
      })
    })
  })

  it('and was made read-only is unavailable until it is not', async () => {
    store = mysql({ url: database.url })
    await store.open()
    await withGlobal('read_only', 'ON', async () => {
      await expect(store.ping()).rejects.toThrow(/read-only/)
      await expect(mysql({ url: database.url }).open()).rejects.toBeInstanceOf(StoreUnavailable)
    })
    await store.ping()
  })
})
