import type { Status } from '@assent/contract'
import type { OpenTransaction, TransactionWrite, WithinAnswer } from '@assent/engine'
import { whyInvalid } from '../batch.ts'
import { ANOTHER_DATABASE, assertDialect, isYes, marksFor, notHere, WRITTEN } from '../within.ts'
import { type Text, textKept, textToKeep } from './text.ts'

/** In the caller's own main database: an attached one has a commit of its own, which a power cut may part from it. */
const LOOK = `
  SELECT EXISTS (SELECT 1 FROM main.incarnations WHERE incarnation = ?) AS here,
    coalesce((SELECT content FROM main.transactions WHERE gid = ?), (SELECT content FROM main.tombstones WHERE gid = ?))
      AS content,
    coalesce((SELECT status FROM main.transactions WHERE gid = ?), (SELECT status FROM main.tombstones WHERE gid = ?))
      AS status`
const COLUMNS = `gid, version, owner, write_id, status, mode, name, application, labels, created_at, updated_at, due_at,
  ended_at, attention, content, state`
const ADD_LABEL = `
  INSERT INTO main.transaction_labels (key, value, created_at, gid, transaction_id)
  SELECT ?, ?, created_at, gid, id FROM main.transactions WHERE gid = ?`

/** As the port has it. Whoever writes to SQLite is alone, so what was looked up stands until the end. */
export async function writeWithin(
  within: OpenTransaction,
  write: TransactionWrite,
  incarnation: string,
): Promise<WithinAnswer> {
  assertDialect(within, 'sqlite')
  const reason = whyInvalid(write)
  if (reason !== undefined) return { outcome: 'invalid', reason }
  const gid = textToKeep(write.gid)
  const { rows } = await within.run({
    sql: LOOK,
    values: [textToKeep(incarnation), gid, gid, gid, gid],
    answers: 'rows',
  })
  const [found] = rows
  if (!isYes(found?.here)) throw notHere(ANOTHER_DATABASE)
  if (found?.content !== null) {
    const { content, status } = found as { content: Text; status: Status }
    return { outcome: 'standing', content: textKept(content), status }
  }
  await insert(within, write, gid)
  return WRITTEN
}

async function insert(within: OpenTransaction, write: TransactionWrite, gid: Text): Promise<void> {
  const labels = Object.entries(write.labels)
  const values = [
    gid,
    write.expect + 1,
    write.owner === null ? null : textToKeep(write.owner),
    textToKeep(write.writeId),
    write.status,
    write.mode,
    textToKeep(write.name),
    textToKeep(write.application),
    labels.length === 0 ? null : JSON.stringify(write.labels),
    write.createdAt,
    write.updatedAt,
    write.dueAt,
    write.endedAt,
    write.attention ? 1 : 0,
    textToKeep(write.content),
    textToKeep(write.state),
  ]
  const sql = `INSERT INTO main.transactions (${COLUMNS}) VALUES (${marksFor(values)})`
  await within.run({ sql, values, answers: 'count' })
  for (const [key, value] of labels) {
    await within.run({
      sql: ADD_LABEL,
      values: [textToKeep(key), textToKeep(value), gid],
      answers: 'count',
    })
  }
}
