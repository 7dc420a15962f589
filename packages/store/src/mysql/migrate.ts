import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { NOW } from './clock.ts'
import type { Database } from './database.ts'
import { isContention } from './error-codes.ts'
import { storeInvalid } from './refusals.ts'
import { type Session, STATEMENT_MAX_MS } from './session.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
const TABLE = 'assent_migrations'
/** Tells it from another program's table of the same name. */
const DESCRIPTION = 'the schema of Assent'
/** The row that whoever migrates has locked. */
const LOCK_NUMBER = 0
/** What one statement of a migration may take; another process that is at it is waited for as long. */
const MIGRATION_MAX_MS = 600_000
const TURN_PAUSE_MS = 100

interface Migration {
  number: number
  name: string
}

/**
 * Brings the schema up to this version; several processes may begin at once, and wait for one another. Throws
 * STORE_INVALID, and changes nothing in such a database.
 */
export async function migrate(database: Database, where: string): Promise<void> {
  const migrations = migrationsKnown()
  const newest = migrations.at(-1)?.number ?? LOCK_NUMBER
  if ((await lastMigration(database, where, newest)) === newest) return
  await database.transaction(makeTable)
  await inTurn(database, async () => {
    const done = await lastMigration(database, where, newest)
    // Statements that make tables commit, and would give up the lock: they have a connection of their own.
    for (const migration of migrations) {
      if (migration.number > done) await database.transaction((session) => run(session, migration))
    }
  })
}

/** The number of the last one that was made; 0 when nothing of ours is there. Throws STORE_INVALID. */
async function lastMigration(database: Database, where: string, newest: number): Promise<number> {
  const { foreign, done } = await database.transaction(findSchema)
  if (foreign !== undefined) {
    throw storeInvalid(where, `its table ${foreign} belongs to another program`, 'name another database')
  }
  if (done > newest) {
    throw storeInvalid(
      where,
      `its schema is number ${done} and this version knows ${newest}`,
      'run the version that wrote it, or a newer one',
    )
  }
  return done
}

/** Reads only, so that an account that may not make tables can open what is up to date. */
async function findSchema(session: Session): Promise<{ foreign?: string; done: number }> {
  const tables = await session.query<{ name: string; description: string }>(
    `SELECT TABLE_NAME AS name, TABLE_COMMENT AS description FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'assent\\_%'`,
  )
  const isOurs = tables.some(({ name, description }) => name === TABLE && description === DESCRIPTION)
  const [first] = tables
  if (!isOurs) return { done: LOCK_NUMBER, ...(first !== undefined && { foreign: first.name }) }
  const [last] = await session.query<{ number: number | null }>(`SELECT MAX(number) AS number FROM ${TABLE}`)
  return { done: last?.number ?? LOCK_NUMBER }
}

async function makeTable(session: Session): Promise<void> {
  await session.run(`
    CREATE TABLE IF NOT EXISTS ${TABLE} (
      number INT PRIMARY KEY, name VARCHAR(255) NOT NULL, applied_at BIGINT NOT NULL
    ) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COMMENT = '${DESCRIPTION}'`)
  await session.run(`INSERT IGNORE INTO ${TABLE} (number, name, applied_at) VALUES (?, ?, 0)`, [
    LOCK_NUMBER,
    'the lock of whoever migrates',
  ])
}

/** Holds the lock for as long as the work takes. */
async function inTurn(database: Database, work: () => Promise<void>): Promise<void> {
  const turnEndsAt = performance.now() + MIGRATION_MAX_MS
  for (;;) {
    try {
      return await database.transaction(async (session) => {
        await session.query(`SELECT number FROM ${TABLE} WHERE number = ? FOR UPDATE`, [LOCK_NUMBER])
        await work()
      })
    } catch (error) {
      if (!isContention(error) || performance.now() > turnEndsAt) throw error
      await after(TURN_PAUSE_MS)
    }
  }
}

async function run(session: Session, { number, name }: Migration): Promise<void> {
  const text = readFileSync(new URL(name, FOLDER), 'utf8').replaceAll(
    '{collation}',
    session.dialect.collation,
  )
  await session.allow(MIGRATION_MAX_MS)
  for (const statement of text.split(/;\s*$/m)) if (statement.trim() !== '') await session.run(statement)
  await session.allow(STATEMENT_MAX_MS)
  await session.run(`INSERT INTO ${TABLE} (number, name, applied_at) VALUES (?, ?, ${NOW})`, [number, name])
  await session.run('COMMIT')
}

function migrationsKnown(): Migration[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((name) => ({ number: Number.parseInt(name, 10), name }))
}
