import { statSync } from 'node:fs'
import { Database } from './database.ts'
import { forgetAll } from './incarnations.ts'
import { migrate, whyForeign } from './migrate.ts'
import { isBusy, isDamaged, isFull } from './result-codes.ts'

export interface Settings {
  /** The database file. */
  path: string
  /** How large it may become; undefined: as large as the disk allows. */
  maxBytes: number | undefined
  /** The store's time is never before it. */
  timeFloor: number
  /** The process opens it for the first time: every incarnation in it has ended. */
  isFirst: boolean
}

/** A database up to this size is read through before it is used; a larger one would hold up the start. */
const CHECKED_BYTES_MAX = 64 * 1024 * 1024

/** The database can't be opened as it is. The message says what is wrong and what to do. */
export class UnusableDatabase extends Error {
  override readonly name = 'UnusableDatabase'
}

/** Throws UnusableDatabase, and changes nothing in such a database. */
export function openDatabase(settings: Settings): Database {
  let database: Database | undefined
  try {
    database = new Database(settings.path, settings.timeFloor)
    assertUsable(database, settings)
    database.tune(settings.maxBytes)
    if (settings.isFirst) {
      migrate(database)
      forgetAll(database)
    }
    return database
  } catch (error) {
    database?.close()
    throw error instanceof UnusableDatabase ? error : explained(error)
  }
}

function assertUsable(database: Database, { path, isFirst }: Settings): void {
  const foreign = whyForeign(database)
  if (foreign !== undefined) throw new UnusableDatabase(foreign)
  if (!isFirst || statSync(path).size > CHECKED_BYTES_MAX) return
  const finding = database.text('PRAGMA quick_check(1)')
  if (finding !== 'ok') throw damaged(finding)
}

function explained(error: unknown): UnusableDatabase {
  const wrong = error instanceof Error ? error.message : String(error)
  if (isDamaged(error)) return damaged(wrong)
  if (isFull(error)) return new UnusableDatabase(`${wrong}; make room on the disk`)
  if (isBusy(error)) return new UnusableDatabase(`${wrong}; end the tool that holds it locked`)
  return new UnusableDatabase(`${wrong}; see that it may be read and written`)
}

function damaged(finding: string): UnusableDatabase {
  return new UnusableDatabase(`${finding}; restore it from a backup, or name another data directory`)
}
