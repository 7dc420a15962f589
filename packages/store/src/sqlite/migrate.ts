import { readdirSync, readFileSync } from 'node:fs'
import type { Database } from './database.ts'

/** Marks a file as ours, in SQLite's header: `ASNT`. */
const APPLICATION_ID = 0x41534e54
const FOLDER = new URL('./migrations/', import.meta.url)

/** Why a database is not this store's, and what to do; undefined when it is, or is new. Writes nothing. */
export function whyForeign(database: Database): string | undefined {
  const applicationId = database.number('PRAGMA application_id')
  const tables = database.number('SELECT count(*) FROM sqlite_schema')
  if (applicationId === 0 && tables === 0) return undefined
  if (applicationId !== APPLICATION_ID) {
    return 'it belongs to another program; name another data directory'
  }
  const newest = migrationFiles().at(-1)?.number ?? 0
  const found = lastMigration(database)
  if (found > newest) {
    return `its schema is number ${found} and this version knows ${newest}; run the version that wrote it, or a newer one`
  }
  return undefined
}

/** Brings the schema up to this version, one transaction for each file. */
export function migrate(database: Database): void {
  database.transaction(() => {
    database.exec(`
      PRAGMA application_id = ${APPLICATION_ID};
      CREATE TABLE IF NOT EXISTS migrations (
        number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;`)
  })
  const done = lastMigration(database)
  for (const { number, name } of migrationFiles()) {
    if (number <= done) continue
    database.transaction(() => {
      database.exec(readFileSync(new URL(name, FOLDER), 'utf8'))
      database
        .sql('INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)')
        .run(number, name, database.now())
    })
  }
}

function lastMigration(database: Database): number {
  const isRecorded = database.number("SELECT count(*) FROM sqlite_schema WHERE name = 'migrations'") === 1
  return isRecorded ? database.number('SELECT coalesce(max(number), 0) FROM migrations') : 0
}

function migrationFiles(): { number: number; name: string }[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{4}-.+\.sql$/.test(name))
    .sort()
    .map((name) => ({ number: Number.parseInt(name, 10), name }))
}
