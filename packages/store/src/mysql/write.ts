import type { TransactionWrite, WriteAnswer } from '@assent/engine'
import { assertDistinct, whyInvalid } from '../batch.ts'
import { ATTEMPTS_MAX, certain, type Database } from './database.ts'
import { isContention, isMissed, isRefusedRow, wordsOf } from './error-codes.ts'
import { type Given, givenOf, whyTooLarge } from './given.ts'
import { NotAllStored, PUT_STATEMENTS, put, putWithMarks } from './put.ts'
import type { Session } from './session.ts'
import { conflictOf, lockStanding, type Standing, standingMarks } from './standing.ts'

/** The answers other than *stored*, by the places in the batch. */
type Exceptions = Map<number, WriteAnswer>

const STORED: WriteAnswer = Object.freeze({ outcome: 'stored' })

/** Durable when it resolves. The batch is one commit, but each write stands or falls alone. */
export async function write(database: Database, batch: readonly TransactionWrite[]): Promise<WriteAnswer[]> {
  assertDistinct(batch)
  const invalid: Exceptions = new Map()
  const rows: Given[] = []
  for (const [place, one] of batch.entries()) {
    const reason = whyInvalid(one)
    if (reason === undefined) rows.push(givenOf(one, place))
    else invalid.set(place, { outcome: 'invalid', reason })
  }
  // Whoever takes rows in the same order never waits for somebody who waits for him.
  rows.sort((one, other) => (one.gid < other.gid ? -1 : 1))
  const exceptions = rows.length === 0 ? new Map() : await writeRows(database, rows)
  return batch.map((_, place) => invalid.get(place) ?? exceptions.get(place) ?? STORED)
}

/**
 * Most batches find every row as it is expected to be, and are written without a look at it first. Where one row is
 * not, nothing is kept of the attempt, and the next looks first.
 */
async function writeRows(database: Database, rows: readonly Given[]): Promise<Exceptions> {
  let way = writeUnseen
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction((session) => way(session, rows))
    } catch (error) {
      const isMiss = error instanceof NotAllStored || isMissed(error) || isRefusedRow(error)
      if ((!isMiss && !isContention(error)) || attempt === ATTEMPTS_MAX) throw certain(error)
      if (isMiss) way = writeSeen
    }
  }
}

async function writeUnseen(session: Session, rows: readonly Given[]): Promise<Exceptions> {
  await session.prepare(PUT_STATEMENTS)
  const exceptions: Exceptions = new Map()
  await put(session, withoutTooLarge(session, rows, exceptions))
  return exceptions
}

async function writeSeen(session: Session, rows: readonly Given[]): Promise<Exceptions> {
  await session.prepare(PUT_STATEMENTS)
  const exceptions: Exceptions = new Map()
  const standing = await lockStanding(session, rows)
  const expected = withoutTooLarge(session, rows, exceptions).filter((row) => {
    const conflict = conflictOf(standing, row)
    if (conflict !== undefined) exceptions.set(row.place, conflict)
    return conflict === undefined
  })
  await putApart(session, expected, standing, exceptions)
  return exceptions
}

/** Writes them together; when the server refuses one of them, each half by itself, until that one stands alone. */
async function putApart(
  session: Session,
  rows: readonly Given[],
  standing: Standing,
  exceptions: Exceptions,
): Promise<void> {
  await session.run('SAVEPOINT assent_part')
  try {
    await putEach(session, rows, standing)
  } catch (error) {
    if (!isRefusedRow(error)) throw error
    await session.run('ROLLBACK TO SAVEPOINT assent_part')
    const [row] = rows
    if (row !== undefined && rows.length === 1) {
      exceptions.set(row.place, { outcome: 'invalid', reason: wordsOf(error) })
      return
    }
    const middle = rows.length >> 1
    await putApart(session, rows.slice(0, middle), standing, exceptions)
    await putApart(session, rows.slice(middle), standing, exceptions)
  }
}

async function putEach(session: Session, rows: readonly Given[], standing: Standing): Promise<void> {
  const isNew = ({ write }: Given): boolean => write.expect === 0
  const changed = rows.filter((row) => !isNew(row))
  await put(session, rows.filter(isNew))
  await putWithMarks(
    session,
    changed,
    changed.flatMap((row) => standingMarks(standing, row)),
  )
}

function withoutTooLarge(session: Session, rows: readonly Given[], exceptions: Exceptions): Given[] {
  return rows.filter((row) => {
    const reason = whyTooLarge(row, session.packetBytes)
    if (reason !== undefined) exceptions.set(row.place, { outcome: 'invalid', reason })
    return reason === undefined
  })
}
