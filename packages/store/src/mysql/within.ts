import type { Status } from '@assent/contract'
import type { OpenTransaction, TransactionWrite, WithinAnswer } from '@assent/engine'
import { whyInvalid } from '../batch.ts'
import { escapedText, unescapedText } from '../escaped-text.ts'
import { ANOTHER_DATABASE, assertDialect, isYes, notHere, textFrom, WRITTEN } from '../within.ts'
import { COLUMNS, type Given, givenOf, whyTooLarge } from './given.ts'
import { marksOf } from './marks.ts'

/** The caller's session may be in another database, of another character set and another way to quote. */
const TEXT = 'CONVERT(? USING utf8mb4)'

/** As the port has it, for a store in this database. */
export async function writeWithin(
  database: string,
  within: OpenTransaction,
  write: TransactionWrite,
  incarnation: string,
): Promise<WithinAnswer> {
  assertDialect(within, 'mysql')
  const reason = whyInvalid(write)
  if (reason !== undefined) return { outcome: 'invalid', reason }
  const given = givenOf(write, 0)
  const tooLarge = whyTooLarge(given, Number.POSITIVE_INFINITY)
  if (tooLarge !== undefined) return { outcome: 'invalid', reason: tooLarge }
  const at = `\`${database.replaceAll('`', '``')}\``
  const before = await look(at, within, given, incarnation)
  if (before !== undefined) return before
  const between = await insert(at, within, given)
  if (between !== undefined) return between
  await addMarks(at, within, given)
  return WRITTEN
}

/** What stands there already, read without a lock: whoever drives it must not wait for the caller. */
async function look(
  at: string,
  within: OpenTransaction,
  { gid }: Given,
  incarnation: string,
): Promise<WithinAnswer | undefined> {
  const { rows } = await within.run({
    sql: `
      SELECT 0 AS place, EXISTS (
        SELECT 1 FROM ${at}.assent_incarnations WHERE incarnation = ${TEXT}) AS here,
        NULL AS content, NULL AS status
      UNION ALL SELECT 1, 1, content, status FROM ${at}.assent_transactions WHERE gid = ${TEXT}
      UNION ALL SELECT 2, 1, content, status FROM ${at}.assent_tombstones WHERE gid = ${TEXT}`,
    values: [bytesOf(escapedText(incarnation)), bytesOf(gid), bytesOf(gid)],
    answers: 'rows',
  })
  if (!rows.every(({ here }) => isYes(here))) throw notHere(ANOTHER_DATABASE)
  const standing = rows.find(({ place }) => Number(place) > 0)
  return standing && standingOf(standing)
}

/** Answers what another transaction has committed since. */
async function insert(at: string, within: OpenTransaction, given: Given): Promise<WithinAnswer | undefined> {
  const marks = given.values.map((value) => (typeof value === 'string' ? TEXT : '?')).join(', ')
  await within.run({
    // The duplicate changes nothing, and fails no statement.
    sql: `INSERT INTO ${at}.assent_transactions (${COLUMNS}) VALUES (${marks}) ON DUPLICATE KEY UPDATE gid = VALUES(gid)`,
    values: given.values.map((value) => (typeof value === 'string' ? bytesOf(value) : value)),
    answers: 'count',
  })
  const { rows } = await within.run({
    sql: `
      SELECT write_id AS writeId, content, status FROM ${at}.assent_transactions
      WHERE gid = ${TEXT} LOCK IN SHARE MODE`,
    values: [bytesOf(given.gid)],
    answers: 'rows',
  })
  const [found] = rows
  if (found === undefined) throw new Error(`${given.write.gid} was neither written nor found`)
  return textFrom(found.writeId) === escapedText(given.write.writeId) ? undefined : standingOf(found)
}

async function addMarks(at: string, within: OpenTransaction, { write, gid }: Given): Promise<void> {
  const entries = marksOf(write).map((mark) => [mark, write.createdAt, bytesOf(gid)] as const)
  if (entries.length === 0) return
  await within.run({
    sql: `
      INSERT INTO ${at}.assent_marks (mark, created_at, gid)
      VALUES ${entries.map(() => `(?, ?, ${TEXT})`).join(', ')} ON DUPLICATE KEY UPDATE gid = VALUES(gid)`,
    values: entries.flat(),
    answers: 'count',
  })
}

function standingOf({ content, status }: Readonly<Record<string, unknown>>): WithinAnswer {
  return {
    outcome: 'standing',
    content: unescapedText(textFrom(content)),
    status: textFrom(status) as Status,
  }
}

/** No connection's character set touches bytes. */
function bytesOf(text: string): Uint8Array {
  return Buffer.from(text)
}
