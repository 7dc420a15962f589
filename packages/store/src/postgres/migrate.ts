import { readdirSync, readFileSync } from 'node:fs'
import type { PoolClient, QueryConfig } from 'pg'
import { quoted } from './session.ts'
import { isMadeAlready } from './sql-states.ts'

/** What one migration may take; another process that is at it is waited for as long. */
const MIGRATION_MAX_MS = 600_000
/** Processes that start at once make the schema at once: one is first, the others look again. */
const ATTEMPTS_MAX = 10
/** The row that is locked by whoever migrates, and stands for no migration. */
const LOCK_NUMBER = 0

const FOLDER = new URL('./migrations/', import.meta.url)

/** What a schema holds. */
export interface SchemaFound {
  exists: boolean
  /** Tables and the like that another program made. */
  foreign: readonly string[]
  /** Our tables that the account may not use. */
  forbidden: readonly string[]
  /** The last migration that was applied; 0: none. */
  done: number
}

interface Relation {
  name: string
  /** Absent in a table without any. */
  columns: string[] | null
  mayUse: boolean
}

const RELATIONS = `
  SELECT c.relname AS name,
    (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute AS a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
      AND (c.relname = 'migrations' OR (has_table_privilege(c.oid, 'INSERT')
        AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))) AS "mayUse"
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.relname`
const TABLES = ['incarnations', 'migrations', 'tombstones', 'transaction_labels', 'transactions']
/** By these it is told from the table of the same name that other programs make. */
const MIGRATIONS_COLUMNS = 'applied_at,name,number'

/** Reads only, so that an account that may not make tables can open what is up to date. */
export async function findSchema(client: PoolClient, schema: string): Promise<SchemaFound> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])
  const { rows } = await client.query<Relation>(RELATIONS, [schema])
  const nothing = { exists: rowCount === 1, foreign: [], forbidden: [], done: 0 }
  const migrations = rows.find(({ name }) => name === 'migrations')
  if (migrations?.columns?.join() !== MIGRATIONS_COLUMNS) {
    return { ...nothing, foreign: rows.map(({ name }) => name) }
  }
  const forbidden = rows
    .filter(({ name, mayUse }) => TABLES.includes(name) && !mayUse)
    .map(({ name }) => name)
  if (forbidden.length > 0) return { ...nothing, forbidden }
  return { ...nothing, done: await lastMigration(client) }
}

/** The number of the newest migration that this version knows. */
export function newestMigration(): number {
  return migrationFiles().at(-1)?.number ?? 0
}

/** Brings the schema up to this version, one database transaction for each file. */
export async function migrate(client: PoolClient, schema: string): Promise<void> {
  await makeTable(client, schema)
  for (const { number, name } of migrationFiles()) {
    await inTransaction(client, async () => {
      // Not an advisory lock, which belongs to a session that a pooler may give to others.
      await client.query(patient(`SELECT FROM migrations WHERE number = ${LOCK_NUMBER} FOR UPDATE`))
      if ((await lastMigration(client)) >= number) return
      await client.query(patient(readFileSync(new URL(name, FOLDER), 'utf8')))
      await client.query('INSERT INTO migrations (number, name, applied_at) VALUES ($1, $2, store_now())', [
        number,
        name,
      ])
    })
  }
}

async function makeTable(client: PoolClient, schema: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { exists } = await findSchema(client, schema)
    try {
      await inTransaction(client, async () => {
        // To make one, if only where it is missing, takes a right that an account with a schema of its own need not have.
        if (!exists) await client.query(`CREATE SCHEMA ${quoted(schema)}`)
        await client.query(
          'CREATE TABLE IF NOT EXISTS migrations (number bigint PRIMARY KEY, name text NOT NULL, applied_at bigint NOT NULL)',
        )
        await client.query(
          "INSERT INTO migrations (number, name, applied_at) VALUES ($1, 'locked by whoever migrates', 0) ON CONFLICT DO NOTHING",
          [LOCK_NUMBER],
        )
      })
      return
    } catch (error) {
      if (!isMadeAlready(error) || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

async function inTransaction(client: PoolClient, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(`SET LOCAL statement_timeout = ${MIGRATION_MAX_MS}`)
    await work()
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

async function lastMigration(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ last: number }>(
    'SELECT coalesce(max(number), 0) AS last FROM migrations',
  )
  return rows[0]?.last ?? 0
}

/** One for which the driver waits as long as the server. */
function patient(text: string): QueryConfig {
  return Object.assign({ text }, { query_timeout: MIGRATION_MAX_MS })
}

function migrationFiles(): { number: number; name: string }[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((name) => ({ number: Number.parseInt(name, 10), name }))
}
