import { type TestServer, testPostgres } from '@assent/testkit/servers'
import pg from 'pg'

/** A server for the tests of one file, and what they do to it beside the store. */
export interface PostgresUnderTest {
  server: TestServer
  /** Of an account that may do anything. */
  url: string
  /** One statement, or several without values; `schema` is where its tables are. */
  run(sql: string, options?: { schema?: string; values?: unknown[] }): Promise<pg.QueryResultRow[]>
  /** The name of a schema that nobody has; made by whoever opens it, gone with `close`. */
  newSchema(): string
  close(): Promise<void>
}

let lastSchema = 0

export async function postgresUnderTest(): Promise<PostgresUnderTest> {
  const server = await testPostgres()
  const pool = new pg.Pool({ connectionString: server.url, max: 2, allowExitOnIdle: true })
  pool.on('error', () => {})
  const schemas: string[] = []
  const run: PostgresUnderTest['run'] = async (sql, { schema = 'public', values } = {}) => {
    const client = await pool.connect()
    try {
      await client.query(`SET search_path = "${schema.replaceAll('"', '""')}"`)
      return (await client.query(sql, values)).rows
    } finally {
      client.release()
    }
  }
  return {
    server,
    url: server.url,
    run,
    newSchema() {
      lastSchema += 1
      const schema = `test_${process.pid}_${lastSchema}`
      schemas.push(schema)
      return schema
    },
    async close() {
      for (const schema of schemas) await run(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
      await pool.end()
      await server.close()
    },
  }
}

/** Moves the store's clock: the function that every statement asks for the time is this schema's own. */
export async function shiftClock(
  { run }: Pick<PostgresUnderTest, 'run'>,
  schema: string,
  ms: number,
): Promise<void> {
  await run(
    `CREATE OR REPLACE FUNCTION store_now() RETURNS bigint LANGUAGE sql VOLATILE
       RETURN floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + ${Math.round(ms)}`,
    { schema },
  )
}
