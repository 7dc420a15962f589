import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const { SHOP_FOLDER = 'data/shop' } = process.env

/** A file of its own for each: nobody sees into the database of another. */
export function openDatabase(name: string, schema: string): DatabaseSync {
  mkdirSync(SHOP_FOLDER, { recursive: true })
  const database = new DatabaseSync(join(SHOP_FOLDER, `${name}.db`))
  database.exec(`PRAGMA journal_mode = WAL;${schema}`)
  return database
}
