import { COLUMNS, type Given } from './given.ts'
import { endMarksOf, marksOf, UNUSUAL_END } from './marks.ts'
import type { Session, Value } from './session.ts'

/** Of one statement for many rows: to MySQL the driver sends no more than a thousand in one go. */
const PIECE_ROWS_MAX = 500
/** More would take a buffer of the driver's that is eight times as large, a new one for each statement. */
const PIECE_BYTES_MAX = 120 * 1024

const INSERT = `INSERT INTO assent_transactions (${COLUMNS}) VALUES (${COLUMNS.map(() => '?')})`
/** The marks that the row has stay right; that of its end may come. */
const KEEPS_MARKS = `created_at = VALUES(created_at) AND mode = VALUES(mode) AND labels <=> VALUES(labels)
  AND attention = VALUES(attention) AND (status <> '${UNUSUAL_END}' OR VALUES(status) = '${UNUSUAL_END}')`
const UPDATE = updateWhere(KEEPS_MARKS)
const UPDATE_ALL = updateWhere('TRUE')
const ADD_MARK = `
  INSERT INTO assent_marks (mark, created_at, gid) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE gid = VALUES(gid)`
const REMOVE_MARK = 'DELETE FROM assent_marks WHERE mark = ? AND created_at = ? AND gid = ?'
const BURIED = 'SELECT gid FROM assent_tombstones FORCE INDEX (PRIMARY) WHERE gid IN (?)'

/** What `put` sends; prepared before, so that none overtakes another. */
export const PUT_STATEMENTS = [INSERT, UPDATE, ADD_MARK]

/** A mark as its table holds it. */
export type Mark = readonly [mark: Buffer, createdAt: number, gid: string]

/** A transaction wrote less than all of its rows, and must not be committed. */
export class NotAllStored extends Error {
  override readonly name = 'NotAllStored'
}

/**
 * An insert that meets its row is the fastest way to write many rows of different values: one statement finds and
 * changes each by its key. Where the row is missing it is inserted, which counts as one row and not as two; and where
 * the condition does not hold, a version of NULL fails the statement with an error that no other failure has.
 */
function updateWhere(condition: string): string {
  const isExpected = `version = VALUES(version) - 1 AND ${condition}`
  const others = COLUMNS.filter((column) => column !== 'gid' && column !== 'version')
  return `${INSERT} ON DUPLICATE KEY UPDATE version = IF(${isExpected}, VALUES(version), NULL),
    ${others.map((column) => `${column} = VALUES(${column})`)}`
}

/**
 * Writes rows that are expected to be as their writers saw them, with the same marks as before. Throws NotAllStored or
 * an error that `isMissed` knows when one of them was not.
 *
 * All is sent at once. Tombstones are looked for behind the inserts: an insert waits for a sweep that is removing the
 * row, and then its tombstone is there to be seen.
 */
export async function put(session: Session, rows: readonly Given[]): Promise<void> {
  const inserts = rows.filter(({ write }) => write.expect === 0)
  const updates = rows.filter(({ write }) => write.expect > 0)
  const marks = [...inserts.flatMap(marksGiven), ...updates.flatMap(endMarksGiven)]
  const gids = inserts.map(({ gid }) => gid)
  const [inserted, buried, updated] = await Promise.all([
    bulk(session, INSERT, inserts),
    gids.length === 0 ? [] : session.query(BURIED, [gids]),
    bulk(session, UPDATE, updates),
    session.bulk(ADD_MARK, marks),
  ])
  assertAll(inserted === inserts.length && buried.length === 0 && updated === 2 * updates.length)
}

/** Writes rows that exist in the version that is expected, with other marks than the ones they have. */
export async function putWithMarks(
  session: Session,
  rows: readonly Given[],
  formerMarks: readonly Mark[],
): Promise<void> {
  await removeMarks(session, formerMarks)
  const [updated] = await Promise.all([
    bulk(session, UPDATE_ALL, rows),
    session.bulk(ADD_MARK, rows.flatMap(marksGiven)),
  ])
  assertAll(updated === 2 * rows.length)
}

export async function removeMarks(session: Session, marks: readonly Mark[]): Promise<void> {
  await session.bulk(REMOVE_MARK, marks)
}

function marksGiven({ write, gid }: Given): Mark[] {
  return marksOf(write).map((mark) => [mark, write.createdAt, gid])
}

function endMarksGiven({ write, gid }: Given): Mark[] {
  return endMarksOf(write).map((mark) => [mark, write.createdAt, gid])
}

/** How many rows were affected: one for each that was inserted, two for each that was changed. */
async function bulk(session: Session, sql: string, rows: readonly Given[]): Promise<number> {
  const affected = await Promise.all([...piecesOf(rows)].map((values) => session.bulk(sql, values)))
  return affected.reduce((sum, one) => sum + one, 0)
}

/** The rows' values, parted so that each part fits into a packet. */
function* piecesOf(rows: readonly Given[]): Generator<Value[][]> {
  let piece: Value[][] = []
  let bytes = 0
  for (const row of rows) {
    if (piece.length >= PIECE_ROWS_MAX || (piece.length > 0 && bytes + row.bytes > PIECE_BYTES_MAX)) {
      yield piece
      piece = []
      bytes = 0
    }
    piece.push(row.values)
    bytes += row.bytes
  }
  if (piece.length > 0) yield piece
}

function assertAll(isAll: boolean): void {
  if (!isAll) throw new NotAllStored('a row was not as it was expected to be')
}
