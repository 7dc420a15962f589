import { type Store, StoreUnavailable } from '@assent/engine'
import { type OwnServer, startPostgres } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Certificates, makeCertificates } from '../../test/certificates.ts'
import { type PostgresTool, postgresTool, speakTls } from '../../test/postgres.ts'
import { writeOf } from '../../test/rows.ts'
import { type PostgresOptions, postgres } from './store.ts'

const STORED = { outcome: 'stored' }

let server: OwnServer
let tool: PostgresTool
const opened: Store[] = []

beforeAll(async () => {
  server = await startPostgres()
  tool = postgresTool(server.url)
})
afterAll(async () => {
  await tool.close()
  await server.close()
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})

async function openStore(options: Partial<PostgresOptions> = {}): Promise<Store> {
  const store = postgres({ url: server.url, ...options })
  await store.open()
  opened.push(store)
  return store
}

/** Opens, and answers the message with which it was refused as invalid. */
async function refusal(options: Partial<PostgresOptions> = {}): Promise<string> {
  const url = options.url ?? server.url
  const error = await openStore(options).catch((failure: unknown) => failure)
  expect(error).toMatchObject({ code: 'STORE_INVALID' })
  expect(String(error)).not.toContain(new URL(url).password || 'no password')
  return String(error)
}

/** The server's URL, but for what is given. */
function urlWith(
  given: Partial<Pick<URL, 'username' | 'password' | 'pathname' | 'hostname' | 'search'>>,
): string {
  return Object.assign(new URL(server.url), given).href
}

/** As an account of its own, with the rights that these statements give. */
async function asAccount(name: string, ...rights: string[]): Promise<string> {
  await tool.run(`CREATE ROLE ${name} LOGIN PASSWORD 'its password'`)
  for (const right of rights) await tool.run(right)
  return urlWith({ username: name, password: 'its password' })
}

describe('opening', () => {
  it('makes its schema where it is missing, whatever its name, and finds it again', async () => {
    for (const schema of ['assent', 'Sche"ma of Zoë; --', `it's "quoted"`, 'x'.repeat(63)]) {
      const store = await openStore({ schema })
      expect(await store.write([writeOf({ gid: 'kept' })])).toEqual([STORED])
      const again = await openStore({ schema })
      expect((await again.read(['kept']))[0]?.version).toBe(1)
      const [found] = await tool.run('SELECT count(*)::integer AS rows FROM transactions', { schema })
      expect(found).toEqual({ rows: 1 })
    }
  })

  it('applies each migration once, and keeps when', async () => {
    const schema = tool.newSchema()
    await openStore({ schema })
    const migrations = () => tool.run('SELECT * FROM migrations ORDER BY number', { schema })
    const first = await migrations()
    expect(first[1]).toMatchObject({ number: '1', name: '0001-transactions.sql' })
    expect(Math.abs(Number(first[1]?.applied_at) - Date.now())).toBeLessThan(60_000)
    await openStore({ schema })
    expect(await migrations()).toEqual(first)
  })

  it('by many processes at once makes one schema, and all of them have it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const schema = tool.newSchema()
      const stores = await Promise.all(Array.from({ length: 8 }, () => openStore({ schema })))
      for (const [index, store] of stores.entries()) {
        expect(await store.write([writeOf({ gid: `row-${index}` })])).toEqual([STORED])
      }
      expect(await tool.run('SELECT number FROM migrations ORDER BY number', { schema })).toHaveLength(2)
    }
  })

  it('works for an account that owns its schema and may do nothing else', async () => {
    const url = await asAccount('modest', 'CREATE SCHEMA its_own AUTHORIZATION modest')
    const store = await openStore({ url, schema: 'its_own' })
    expect(await store.write([writeOf()])).toEqual([STORED])
  })

  it('works for an account that may only use the tables, while they are up to date', async () => {
    const schema = tool.newSchema()
    await openStore({ schema })
    const url = await asAccount(
      'guest',
      `GRANT USAGE ON SCHEMA ${schema} TO guest`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO guest`,
    )
    // Of no concern to the store, and none of its tables.
    await tool.run('CREATE VIEW report AS SELECT count(*) FROM transactions', { schema })
    expect(await (await openStore({ url, schema })).write([writeOf()])).toEqual([STORED])
    await tool.run('REVOKE UPDATE ON tombstones, incarnations FROM guest', { schema })
    expect(await refusal({ url, schema })).toMatch(
      /this account may not read and write incarnations, tombstones in the schema .*grant this one all rights/,
    )
    await tool.run(`REVOKE USAGE ON SCHEMA ${schema} FROM guest`)
    expect(await refusal({ url, schema })).toMatch(/this account may not read and write/)
  })

  it('waits for the server to be there, when it is tried again', async () => {
    const store = postgres({ url: server.url, schema: tool.newSchema() })
    opened.push(store)
    await server.kill()
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(store.open()).rejects.toBeInstanceOf(StoreUnavailable)
      await expect(store.write([writeOf()])).rejects.toThrow('the store is not open')
    }
    await server.start()
    await store.open()
    expect(await store.write([writeOf()])).toEqual([STORED])
  })

  it('says which server is not there, and with whose account, but not with which password', async () => {
    const gone = postgres({ url: 'postgres://me:s3cret@127.0.0.1:1/shop' })
    const error = await gone.open().catch((failure: unknown) => failure)
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(String(error)).toMatch(/PostgreSQL at 127\.0\.0\.1:1, database shop, as me: .*ECONNREFUSED/)
    expect(String(error)).not.toContain('s3cret')
  })
})

describe('what can not be used', () => {
  it.each([
    ['a wrong password', { password: 'wrong' }, /password authentication failed/],
    ['no password', { password: '' }, /password must be a string/],
    ['an account that is not there', { username: 'nobody' }, /password authentication failed/],
    ['a database that is not there', { pathname: '/nowhere' }, /database "nowhere" does not exist/],
  ])('is refused for %s, with what to correct', async (_what, given, wrong) => {
    const message = await refusal({ url: urlWith(given) })
    expect(message).toMatch(wrong)
    expect(message).toContain('; correct the account, its password or the database in the URL')
  })

  it('is refused for an account that may make no schema, with what to do', async () => {
    const url = await asAccount('powerless')
    expect(await refusal({ url, schema: 'powerless' })).toMatch(
      /permission denied for database assent; make the schema with CREATE SCHEMA "powerless" AUTHORIZATION/,
    )
  })

  it('is refused for a schema of another program, and left as it was', async () => {
    const schema = tool.newSchema()
    await tool.run(`CREATE SCHEMA ${schema}`)
    await tool.run('CREATE TABLE customers (); CREATE TABLE migrations (id integer, name text)', { schema })
    expect(await refusal({ schema })).toMatch(
      /belongs to another program, whose customers is in it; name another schema/,
    )
    const tables = await tool.run(
      "SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'",
      {
        values: [schema],
      },
    )
    expect(tables.map(({ relname }) => relname).sort()).toEqual(['customers', 'migrations'])
  })

  it('is refused for a schema that a newer version has changed, and left as it was', async () => {
    const schema = tool.newSchema()
    await openStore({ schema })
    await tool.run("INSERT INTO migrations VALUES (9999, '9999-later.sql', 0)", { schema })
    expect(await refusal({ schema })).toMatch(
      /is number 9999 and this version knows \d+; run the version that wrote it, or a newer one/,
    )
  })

  it('is refused for a name that is no schema’s', async () => {
    for (const schema of ['', 'x'.repeat(64), 'ä'.repeat(32), 'a\u0000b']) {
      expect(await refusal({ schema })).toMatch(/is no name for a schema; name one of at most 63 bytes/)
    }
  })

  it('is refused for a database that can not hold every character', async () => {
    await tool.run("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    expect(await refusal({ url: urlWith({ pathname: '/ascii' }) })).toMatch(
      /encoding of the database is SQL_ASCII; make a database with the encoding UTF8/,
    )
  })
})

describe('durability', () => {
  /** What the sessions of the store have `synchronous_commit` at, as they write. */
  async function commitOf(
    options: Partial<PostgresOptions>,
  ): Promise<{ seen: string; weaknesses: readonly string[] }> {
    const schema = tool.newSchema()
    await tool.run(`CREATE SCHEMA ${schema} AUTHORIZATION hasty`)
    const store = await openStore({ ...options, schema })
    await tool.run(
      `CREATE TABLE seen AS SELECT ''::text AS setting WHERE FALSE;
       CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema} AS
         $$ BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
       CREATE TRIGGER see BEFORE INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION see()`,
      { schema },
    )
    expect(await store.write([writeOf()])).toEqual([STORED])
    const [found] = await tool.run('SELECT setting FROM seen', { schema })
    return { seen: found?.setting, weaknesses: store.weaknesses }
  }

  it('is asked for by every session, whatever the account is set to, unless its lack was accepted by name', async () => {
    const url = await asAccount('hasty', 'ALTER ROLE hasty SET synchronous_commit = off')
    expect(await commitOf({ url })).toEqual({ seen: 'on', weaknesses: [] })
    expect(await commitOf({ url, acceptedWeaknesses: ['synchronous_commit=off'] })).toEqual({
      seen: 'off',
      weaknesses: [expect.stringMatching(/^synchronous_commit=off: .*a crash of the server may lose/)],
    })
  })

  it('that the server itself gives up is refused, unless it was accepted by name', async () => {
    await using weak = await startPostgres({ settings: { fsync: 'off', full_page_writes: 'off' } })
    const url = weak.url
    expect(await refusal({ url })).toMatch(/keep less than it acknowledges: fsync=off, full_page_writes=off;/)
    expect(await refusal({ url, acceptedWeaknesses: ['fsync=off'] })).toMatch(
      /acknowledges: full_page_writes=off;/,
    )
    const store = await openStore({ url, acceptedWeaknesses: ['fsync=off', 'full_page_writes=off'] })
    expect(store.weaknesses).toEqual([
      expect.stringMatching(/^fsync=off: .*a power cut may lose/),
      expect.stringMatching(/^full_page_writes=off: .*a power cut/),
    ])
    await store.close()
    opened.splice(0)
  })
})

describe('TLS', () => {
  let certificates: Certificates
  beforeAll(async () => {
    certificates = await makeCertificates()
  })
  afterAll(() => certificates.remove())

  it('that the server does not speak is refused, and never left out', async () => {
    for (const mode of ['prefer', 'require', 'verify-full']) {
      expect(await refusal({ url: urlWith({ search: `?sslmode=${mode}` }) })).toMatch(
        /does not support SSL connections; switch TLS on at the server, or ask for none/,
      )
    }
  })

  it('goes on only with a certificate that is trusted, for the name that was called', async () => {
    await speakTls(tool, certificates)
    const { ca, caFile } = certificates
    const search = '?sslmode=require'
    expect(await refusal({ url: urlWith({ hostname: 'localhost', search }) })).toMatch(/certificate/)
    expect(await refusal({ url: urlWith({ hostname: '127.0.0.1' }), tls: { ca } })).toMatch(/127\.0\.0\.1/)
    const schema = tool.newSchema()
    const named = urlWith({ hostname: 'localhost', search: `?sslmode=verify-full&sslrootcert=${caFile}` })
    await openStore({ url: named, schema })
    await openStore({ url: urlWith({ hostname: 'localhost' }), schema, tls: { ca } })
    await openStore({ url: urlWith({ search: '?sslmode=no-verify' }), schema })
    const sessions = await tool.run(
      "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'assent'",
    )
    expect(sessions.map(({ ssl }) => ssl)).toEqual([true, true, true])
  })
})
