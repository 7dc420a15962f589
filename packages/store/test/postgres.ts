import pg from 'pg'
import type { Certificates } from './certificates.ts'

/** What tests do to a server beside the store that they test, as an account that may do anything. */
export interface PostgresTool {
  /** One statement, or several without values; `schema` is where its tables are. */
  run(sql: string, options?: { schema?: string; values?: unknown[] }): Promise<pg.QueryResultRow[]>
  /** The name of a schema that nobody has; gone with `close`, if it was made. */
  newSchema(): string
  close(): Promise<void>
}

let lastSchema = 0

export function postgresTool(url: string): PostgresTool {
  const pool = new pg.Pool({ connectionString: url, max: 4, allowExitOnIdle: true })
  // The server is killed under it, too.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const schemas: string[] = []
  const run: PostgresTool['run'] = async (sql, { schema = 'public', values } = {}) => {
    const client = await pool.connect()
    try {
      await client.query(`SET search_path = ${pg.escapeIdentifier(schema)}`)
      return (await client.query(sql, values)).rows
    } finally {
      client.release()
    }
  }
  return {
    run,
    newSchema() {
      lastSchema += 1
      const schema = `test_${process.pid}_${lastSchema}`
      schemas.push(schema)
      return schema
    },
    async close() {
      for (const schema of schemas) await run(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
      await pool.end()
    },
  }
}

/** Moves the store's clock: the function that every statement asks for the time is this schema's own. */
export async function shiftClock({ run }: PostgresTool, schema: string, ms: number): Promise<void> {
  await run(
    `CREATE OR REPLACE FUNCTION store_now() RETURNS bigint LANGUAGE sql VOLATILE
       RETURN floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + ${Math.round(ms)}`,
    { schema },
  )
}

/** Another session, in the midst of a transaction that holds what its statements lock. */
export interface HeldSession {
  run(sql: string): Promise<pg.QueryResultRow[]>
  /** Resolves once somebody waits for it. */
  untilInTheWay(): Promise<void>
  end(how: 'COMMIT' | 'ROLLBACK'): Promise<void>
}

export async function holding(url: string, schema: string, sql: string): Promise<HeldSession> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const run = async (more: string) => (await client.query(more)).rows
  await run(`SET search_path = ${pg.escapeIdentifier(schema)}`)
  await run('BEGIN')
  await run(sql)
  return {
    run,
    async untilInTheWay() {
      const waiting = 'SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))'
      while ((await run(waiting)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    async end(how) {
      await run(how)
      await client.end()
    },
  }
}

/** Lets a server that was started for the test speak TLS, from the next connection on. */
export async function speakTls({ run }: PostgresTool, { certificate, key }: Certificates): Promise<void> {
  // As the server's own files, whatever account and machine it runs on.
  const put = (text: string, file: string): Promise<unknown> =>
    run(
      `COPY (SELECT unnest(string_to_array(${pg.escapeLiteral(text)}, E'\\n'))) TO PROGRAM 'umask 077; cat > ${file}'`,
    )
  await put(certificate, 'server.crt')
  await put(key, 'server.key')
  await run('ALTER SYSTEM SET ssl = on')
  await run('SELECT pg_reload_conf()')
}
