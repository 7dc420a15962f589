import type { Tombstone, TransactionRow } from '@assent/engine'
import type { Database } from './database.ts'
import { ROW_COLUMNS, rowOf, TOMBSTONE_COLUMNS, tombstoneOf } from './row.ts'
import { textToKeep } from './text.ts'

const ROW = `SELECT ${ROW_COLUMNS} FROM transactions WHERE gid = ?`
const TOMBSTONE = `SELECT ${TOMBSTONE_COLUMNS} FROM tombstones WHERE gid = ?`

export function read(database: Database, gids: readonly string[]): (TransactionRow | undefined)[] {
  return gids.map((gid) => {
    const found = database.sql(ROW).get(textToKeep(gid))
    return found && rowOf(found)
  })
}

export function readTombstones(database: Database, gids: readonly string[]): (Tombstone | undefined)[] {
  return gids.map((gid) => {
    const found = database.sql(TOMBSTONE).get(textToKeep(gid))
    return found && tombstoneOf(found)
  })
}
