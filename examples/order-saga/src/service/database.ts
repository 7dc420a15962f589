import { DatabaseError, Pool } from 'pg'

/** Of a process. With the coordinator's 16, two processes of each service stay below a server's usual 100. */
const CONNECTIONS_MAX = 8
/** Commands under way at once: more than there are connections, for they wait for the broker as well. */
export const COMMANDS_MAX = 16
const CONNECT_MAX_MS = 5_000
const STATEMENT_MAX_MS = 10_000
/** A statement that a server does not answer at all. */
const SILENCE_MAX_MS = 15_000
/** Rows that a process holds which does nothing with them. */
const IDLE_IN_TRANSACTION_MAX_MS = 30_000

export function openPool(databaseUrl: string): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    // PostgreSQL would take the schema of the account's own name first, which may be the coordinator's.
    options: '-c search_path=public',
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_MAX_MS,
    statement_timeout: STATEMENT_MAX_MS,
    query_timeout: SILENCE_MAX_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MAX_MS,
  })
  // One that breaks while it rests is replaced; without a listener it would end the process.
  pool.on('error', () => {})
  return pool
}

/** Brings a database up to date. Several services may start at once: one is first, the others wait for it. */
export async function migrate(pool: Pool, migrations: readonly string[]): Promise<void> {
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    await client.query('BEGIN')
    await client.query("SELECT pg_advisory_xact_lock(hashtext('migrations'))")
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    )
    const { rows } = await client.query('SELECT count(*)::integer AS done FROM migrations')
    for (let version = rows[0].done + 1; version <= migrations.length; version += 1) {
      await client.query(migrations[version - 1] ?? '')
      await client.query('INSERT INTO migrations (version) VALUES ($1)', [version])
    }
    await client.query('COMMIT')
  } catch (error) {
    failure = error as Error
    throw error
  } finally {
    // One that failed amid its transaction is not given to others.
    client.release(failure)
  }
}

/** Whether the same may be asked again later: all but what the server finds wrong with what it was asked. */
export function isDatabaseAway(error: unknown): boolean {
  return !(error instanceof DatabaseError && /^(22|23|42)/.test(error.code ?? ''))
}
