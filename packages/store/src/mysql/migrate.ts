import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { NOW } from './clock.ts'
import type { Database } from './database.ts'
import { isContention } from './error-codes.ts'
import { Unusable } from './refusals.ts'
import type { Session } from './session.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
/** Stands in the table's description, and tells it from another program's of the same name. */
const MARK = 'the schema of Assent'
/** The row that whoever migrates has locked. */
const LOCK_NUMBER = 0
/** How long another process may take to migrate. */
const TURN_MAX_MS = 60_000
const TURN_PAUSE_MS = 100

interface Migration {
  number: number
  name: string
}

/**
 * Brings the schema up to this version; several processes may begin at once, and wait for one another. Throws Unusable,
 * and changes nothing in such a database.
 */
export async function migrate(database: Database): Promise<void> {
  const migrations = migrationsKnown()
  const newest = migrations.at(-1)?.number ?? LOCK_NUMBER
  const found = await database.use(lastMigration)
  if (found > newest) throw newerSchema(found, newest)
  if (found === newest) return
  await database.use(makeMigrations)
  await inTurn(database, async () => {
    // Statements that make tables commit, and would give up the lock: they have a connection of their own.
    await database.use(async (session) => {
      const done = await lastMigration(session)
      if (done > newest) throw newerSchema(done, newest)
      for (const migration of migrations) if (migration.number > done) await run(session, migration)
    })
  })
}

/** The number of the last one that was made; 0 when nothing of ours is there. Throws Unusable for tables that are not ours. */
async function lastMigration(session: Session): Promise<number> {
  const tables = await session.query<{ name: string; description: string }>(
    `SELECT TABLE_NAME AS name, TABLE_COMMENT AS description FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'assent\\\\_%'`,
  )
  const ours = tables.find(({ name }) => name === 'assent_migrations')
  if (ours?.description !== MARK) {
    const [foreign] = tables
    if (foreign === undefined) return LOCK_NUMBER
    throw new Unusable(`its table ${foreign.name} belongs to another program`, 'name another database')
  }
  const [last] = await session.query<{ number: number | null }>(
    'SELECT MAX(number) AS number FROM assent_migrations',
  )
  await session.run('COMMIT')
  return last?.number ?? LOCK_NUMBER
}

async function makeMigrations(session: Session): Promise<void> {
  await session.run(`
    CREATE TABLE IF NOT EXISTS assent_migrations (
      number INT PRIMARY KEY, name VARCHAR(255) NOT NULL, applied_at BIGINT NOT NULL
    ) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COMMENT = '${MARK}'`)
  await session.run('INSERT IGNORE INTO assent_migrations (number, name, applied_at) VALUES (?, ?, 0)', [
    LOCK_NUMBER,
    'the lock of whoever migrates',
  ])
  await session.run('COMMIT')
}

/** Holds the lock for as long as the work takes. */
async function inTurn(database: Database, work: () => Promise<void>): Promise<void> {
  const turnEndsAt = performance.now() + TURN_MAX_MS
  for (;;) {
    try {
      await database.use(async (session) => {
        await session.query('SELECT number FROM assent_migrations WHERE number = ? FOR UPDATE', [LOCK_NUMBER])
        await work()
        await session.run('COMMIT')
      })
      return
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
  for (const statement of text.split(/;\s*$/m)) if (statement.trim() !== '') await session.run(statement)
  await session.run(`INSERT INTO assent_migrations (number, name, applied_at) VALUES (?, ?, ${NOW})`, [
    number,
    name,
  ])
  await session.run('COMMIT')
}

function newerSchema(found: number, newest: number): Unusable {
  return new Unusable(
    `its schema is number ${found} and this version knows ${newest}`,
    'run the version that wrote it, or a newer one',
  )
}

function migrationsKnown(): Migration[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((name) => ({ number: Number.parseInt(name, 10), name }))
}
