import { isAssentError } from '@assent/contract'
import { StoreUnavailable } from '@assent/engine'
import { type TestServer, testMariadb } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newDatabase, runOn, type TestDatabase } from '../../test/mysql-databases.ts'
import { runScript } from '../../test/process.ts'
import { writeOf } from '../../test/rows.ts'
import { mysql } from './store.ts'

const STORED = { outcome: 'stored' }
const PASSWORD = 'hunter2'

let server: TestServer
let database: TestDatabase

beforeAll(async () => {
  server = await testMariadb()
})
afterAll(() => server.close())
beforeEach(async () => {
  database = await newDatabase(server.url)
})
afterEach(() => database.drop())

/** What was said when the store was refused; fails when it was opened, or when it may be tried again. */
async function refusalOf(url: string): Promise<string> {
  const store = mysql({ url })
  try {
    await store.open()
  } catch (error) {
    if (isAssentError(error) && error.code === 'STORE_INVALID') return error.message
    throw error
  } finally {
    await store.close()
  }
  return expect.unreachable('it was opened')
}

/** The database's URL with another account. */
function urlAs(user: string, password: string): string {
  return Object.assign(new URL(database.url), { username: user, password }).href
}

describe('a MySQL store is not opened', () => {
  it('with a wrong password, and says so without it', async () => {
    const said = await refusalOf(urlAs('assent', PASSWORD))
    expect(said).toMatch(/MySQL at .*Access denied.*; correct the account, its password or the database/)
    expect(said).not.toContain(PASSWORD)
  })

  it('on a database that is not there', async () => {
    const url = Object.assign(new URL(server.url), { pathname: '/nowhere' }).href
    expect(await refusalOf(url)).toMatch(/Unknown database 'nowhere'; correct/)
  })

  it('on a database that has a table of ours that is another program’s', async () => {
    await database.run('CREATE TABLE assent_transactions (id INT PRIMARY KEY)')
    expect(await refusalOf(database.url)).toMatch(
      /its table assent_transactions belongs to another program; name another/,
    )
    await database.run(
      'DROP TABLE assent_transactions',
      'CREATE TABLE assent_migrations (number INT PRIMARY KEY)',
    )
    expect(await refusalOf(database.url)).toContain('its table assent_migrations belongs to another program')
    expect(await database.run('SHOW TABLES')).toHaveLength(1)
  })

  it('on a schema that is newer than the program, which it leaves alone', async () => {
    const store = mysql({ url: database.url })
    await store.open()
    await store.close()
    await database.run("INSERT INTO assent_migrations VALUES (9999, '9999-later.sql', 0)")
    expect(await refusalOf(database.url)).toMatch(
      /its schema is number 9999 and this version knows \d+; run the version/,
    )
  })

  it('by an account that may not write, and says which right is missing', async () => {
    const store = mysql({ url: database.url })
    await store.open()
    await store.close()
    const reader = `reader_${database.name.slice(-20)}`
    await database.run(
      `CREATE USER ${reader}@'%' IDENTIFIED BY '${PASSWORD}'`,
      `GRANT SELECT ON ${database.name}.* TO ${reader}@'%'`,
    )
    const said = await refusalOf(urlAs(reader, PASSWORD))
    expect(said).toMatch(/INSERT command denied.*; grant the account SELECT, INSERT, UPDATE, DELETE/)
    await database.run(`DROP USER ${reader}@'%'`)
  })

  it('over TLS with a server that has none', async () => {
    const [found] = await runOn(server.url, 'SELECT @@have_ssl AS tls')
    if (found?.tls === 'YES') return
    expect(await refusalOf(`${database.url}?ssl-mode=VERIFY_IDENTITY`)).toMatch(/; name the certificates/)
  })

  it('where nobody listens, and may be opened again', async () => {
    const store = mysql({ url: 'mysql://u:hunter2@127.0.0.1:1/d' })
    const failure = await store.open().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StoreUnavailable)
    expect(String(failure)).toMatch(/MySQL at 127.0.0.1:1, database d, as u: .*ECONNREFUSED/)
    expect(String(failure)).not.toContain(PASSWORD)
  })
})

describe('a MySQL store', () => {
  it('is opened by many at once on a new database, and all have the same', async () => {
    const stores = Array.from({ length: 6 }, () => mysql({ url: database.url }))
    await Promise.all(stores.map((store) => store.open()))
    const answers = await Promise.all(
      stores.map((store, index) => store.write([writeOf({ gid: `by-${index}` })])),
    )
    expect(answers).toEqual(stores.map(() => [STORED]))
    expect(await stores[0]?.list({ limit: 100 })).toMatchObject({ totalCount: stores.length })
    await Promise.all(stores.map((store) => store.close()))
    const made = await database.run('SELECT number FROM assent_migrations WHERE number > 0')
    expect(made.map(({ number }) => number)).toEqual([1])
  })

  it('goes on where a migration was interrupted', async () => {
    const first = mysql({ url: database.url })
    await first.open()
    await first.write([writeOf()])
    await first.close()
    await database.run('DELETE FROM assent_migrations WHERE number > 0', 'DROP TABLE assent_incarnations')
    const second = mysql({ url: database.url })
    await second.open()
    expect((await second.read(['order-17']))[0]?.version).toBe(1)
    expect((await second.register('a', 1_000)).now).toBeGreaterThan(0)
    await second.close()
  })

  it('is opened by an account that may not make tables when they are there', async () => {
    const first = mysql({ url: database.url })
    await first.open()
    await first.close()
    const writer = `writer_${database.name.slice(-20)}`
    await database.run(
      `CREATE USER ${writer}@'%' IDENTIFIED BY '${PASSWORD}'`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ${database.name}.* TO ${writer}@'%'`,
    )
    const store = mysql({ url: urlAs(writer, PASSWORD) })
    await store.open()
    expect(await store.write([writeOf()])).toEqual([STORED])
    await store.close()
    await database.run(`DROP USER ${writer}@'%'`)
  })

  it('shares its database with tables of others', async () => {
    await database.run(
      'CREATE TABLE orders (id INT PRIMARY KEY)',
      'CREATE TABLE assentment (id INT PRIMARY KEY)',
    )
    const store = mysql({ url: database.url.replace('mysql://', 'mariadb://') })
    await store.open()
    expect(await store.write([writeOf()])).toEqual([STORED])
    await store.close()
  })

  it('is opened once, however often it is asked to, and works with one connection where it may have no more', async () => {
    const store = mysql({ url: database.url, connections: { max: 1 } })
    await store.open()
    await store.open()
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.write([writeOf({ gid: `g${index}` })])))
    expect((await store.list({})).totalCount).toBe(20)
    await store.close()
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('keeps no process alive that has nothing more to do', async () => {
    const script = runScript('open-and-idle-mysql.ts', database.url)
    await script.line('written')
    expect(await script.ended).toBe(0)
  })

  it('has the time of its server whatever the time zone there', async () => {
    const store = mysql({ url: database.url })
    await store.open()
    const [before] = await runOn(server.url, 'SELECT @@GLOBAL.time_zone AS zone')
    await runOn(server.url, "SET GLOBAL time_zone = '-11:30'")
    const shifted = mysql({ url: database.url })
    await shifted.open()
    for (const one of [store, shifted]) {
      expect(Math.abs((await one.register('a', 60_000)).now - Date.now())).toBeLessThan(60_000)
    }
    await runOn(server.url, `SET GLOBAL time_zone = '${before?.zone}'`)
    await Promise.all([store.close(), shifted.close()])
  })
})
