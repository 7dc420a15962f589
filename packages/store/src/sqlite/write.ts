import type { Tombstone, TransactionRow, WriteAnswer } from '@assent/engine'
import { whyInvalid } from '../batch.ts'
import { type Cells, type CellWrite, writesOf } from './cells.ts'
import type { Database } from './database.ts'
import { isRefusedRow } from './result-codes.ts'
import { labelsOf, TOMBSTONE_COLUMNS, tombstoneOf } from './row.ts'
import { type Text, textKept, textToKeep } from './text.ts'

/** The answers other than *stored*, each with its place in the batch; undefined when all were stored. */
export type Exceptions = [place: number, answer: WriteAnswer][] | undefined

const TOMBSTONE = `SELECT ${TOMBSTONE_COLUMNS} FROM tombstones WHERE gid = ?`
const INSERT = `
  INSERT INTO transactions (gid, version, owner, write_id, status, mode, name, application, labels,
    created_at, updated_at, due_at, ended_at, attention, content, state)
  VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (gid) DO NOTHING`
/** Leaves alone what hardly ever changes: SQLite would write the index of every column that it names. */
export const UPDATE = `
  UPDATE transactions SET version = ?1 + 1, owner = ?2, write_id = ?3, status = ?4, application = ?5,
    updated_at = ?6, due_at = ?7, ended_at = ?8, attention = ?9, content = ?10, state = ?11
  WHERE gid = ?12 AND version = ?1 AND mode = ?13 AND name = ?14 AND created_at = ?15 AND labels IS ?16`
const UPDATE_ALL = `
  UPDATE transactions SET version = ?1 + 1, owner = ?2, write_id = ?3, status = ?4, application = ?5,
    updated_at = ?6, due_at = ?7, ended_at = ?8, attention = ?9, content = ?10, state = ?11,
    mode = ?13, name = ?14, created_at = ?15, labels = ?16
  WHERE gid = ?12 AND version = ?1`
const STANDING = `
  SELECT id, version, owner, write_id AS writeId, created_at AS createdAt, labels FROM transactions WHERE gid = ?`
const ADD_LABEL = `
  INSERT INTO transaction_labels (key, value, created_at, gid, transaction_id) VALUES (?, ?, ?, ?, ?)`
const REMOVE_LABEL = `
  DELETE FROM transaction_labels WHERE key = ? AND value = ? AND created_at = ? AND gid = ?`

/** Durable when it returns. The batch is one commit, but each write stands or falls alone. */
export function write(database: Database, cells: Cells): Exceptions {
  const batch = writesOf(cells)
  try {
    return database.transaction(() => writeEach(batch, (row) => writeOne(database, row)))
  } catch (error) {
    if (!isRefusedRow(error)) throw error
    // Savepoints cost time, so only a batch that is known to hold such a row gets them.
    return database.transaction(() => writeEach(batch, (row) => writeAlone(database, row)))
  }
}

function writeEach(batch: CellWrite[], writeRow: (row: CellWrite) => WriteAnswer | undefined): Exceptions {
  let exceptions: Exceptions
  for (const [place, row] of batch.entries()) {
    const answer = writeRow(row)
    if (answer === undefined) continue
    exceptions ??= []
    exceptions.push([place, answer])
  }
  return exceptions
}

function writeAlone(database: Database, row: CellWrite): WriteAnswer | undefined {
  database.sql('SAVEPOINT one_row').run()
  try {
    return writeOne(database, row)
  } catch (error) {
    if (!isRefusedRow(error)) throw error
    database.sql('ROLLBACK TO one_row').run()
    return { outcome: 'invalid', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    database.sql('RELEASE one_row').run()
  }
}

/** Undefined: stored. */
function writeOne(database: Database, row: CellWrite): WriteAnswer | undefined {
  const reason = whyInvalid(row)
  if (reason !== undefined) return { outcome: 'invalid', reason }
  return row.expect === 0 ? insert(database, row) : update(database, row)
}

function insert(database: Database, row: CellWrite): WriteAnswer | undefined {
  const gid = textToKeep(row.gid)
  const tombstone = database.sql(TOMBSTONE).get(gid)
  if (tombstone !== undefined) return { outcome: 'conflict', tombstone: tombstoneOf(tombstone) }
  const { changes, lastInsertRowid } = database
    .sql(INSERT)
    .run(
      gid,
      row.owner === null ? null : textToKeep(row.owner),
      textToKeep(row.writeId),
      row.status,
      row.mode,
      textToKeep(row.name),
      textToKeep(row.application),
      row.labels,
      row.createdAt,
      row.updatedAt,
      row.dueAt,
      row.endedAt,
      row.attention ? 1 : 0,
      textToKeep(row.content),
      textToKeep(row.state),
    )
  if (changes === 0) return { outcome: 'conflict', ...standing(database, gid) }
  addLabels(database, row.labels, row.createdAt, gid, Number(lastInsertRowid))
  return undefined
}

function update(database: Database, row: CellWrite): WriteAnswer | undefined {
  const gid = textToKeep(row.gid)
  if (runUpdate(database, UPDATE, gid, row)) return undefined
  const found = database.sql(STANDING).get(gid) as Standing | undefined
  if (found?.version !== row.expect) return { outcome: 'conflict', ...standing(database, gid) }
  // The version is right, so it is one of the columns that hardly ever change.
  runUpdate(database, UPDATE_ALL, gid, row)
  removeLabels(database, found.labels, found.createdAt, gid)
  addLabels(database, row.labels, row.createdAt, gid, found.id)
  return undefined
}

function runUpdate(database: Database, sql: string, gid: Text, row: CellWrite): boolean {
  const { changes } = database
    .sql(sql)
    .run(
      row.expect,
      row.owner === null ? null : textToKeep(row.owner),
      textToKeep(row.writeId),
      row.status,
      textToKeep(row.application),
      row.updatedAt,
      row.dueAt,
      row.endedAt,
      row.attention ? 1 : 0,
      textToKeep(row.content),
      textToKeep(row.state),
      gid,
      row.mode,
      textToKeep(row.name),
      row.createdAt,
      row.labels,
    )
  return changes === 1
}

interface Standing {
  id: number
  version: number
  owner: Text | null
  writeId: Text
  createdAt: number
  labels: string | null
}

/** What stands in the way of a write, a row or what is left of one. */
function standing(
  database: Database,
  gid: Text,
): { row?: Pick<TransactionRow, 'version' | 'owner' | 'writeId'>; tombstone?: Tombstone } {
  const found = database.sql(STANDING).get(gid) as Standing | undefined
  if (found !== undefined) {
    const { version, owner, writeId } = found
    return { row: { version, owner: owner === null ? null : textKept(owner), writeId: textKept(writeId) } }
  }
  const tombstone = database.sql(TOMBSTONE).get(gid)
  return tombstone === undefined ? {} : { tombstone: tombstoneOf(tombstone) }
}

function addLabels(
  database: Database,
  labels: string | null,
  createdAt: number,
  gid: Text,
  id: number,
): void {
  if (labels === null) return
  for (const [key, value] of Object.entries(labelsOf(labels))) {
    database.sql(ADD_LABEL).run(textToKeep(key), textToKeep(value), createdAt, gid, id)
  }
}

/** Exported for the sweep. */
export function removeLabels(database: Database, labels: string | null, createdAt: number, gid: Text): void {
  if (labels === null) return
  for (const [key, value] of Object.entries(labelsOf(labels))) {
    database.sql(REMOVE_LABEL).run(textToKeep(key), textToKeep(value), createdAt, gid)
  }
}
