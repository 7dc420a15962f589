import { StoreUnavailable, type TransactionWrite, type WriteAnswer } from '@assent/engine'
import { assertDistinct, whyInvalid } from '../batch.ts'
import { escapedText } from '../escaped-text.ts'
import type { Database } from './database.ts'
import { valuesOf } from './given.ts'
import { isRefusedRow } from './sql-states.ts'
import { readStanding } from './standing.ts'
import { wordsOf } from './words.ts'
import { REWRITE, WRITE } from './write-statements.ts'

/** How often rows are tried again that stand as they are expected now and did not a moment ago. */
const ROUNDS_MAX = 3

const STORED: WriteAnswer = Object.freeze({ outcome: 'stored' })

/** What became of the writes so far. */
type Answers = Map<TransactionWrite, WriteAnswer>

/** Durable when it resolves: one statement, and one more for those that were not stored, to say why. */
export async function write(database: Database, batch: readonly TransactionWrite[]): Promise<WriteAnswer[]> {
  assertDistinct(batch)
  const answers: Answers = new Map()
  const writes: TransactionWrite[] = []
  for (const write of batch) {
    const reason = whyInvalid(write)
    if (reason === undefined) writes.push(write)
    else answers.set(write, { outcome: 'invalid', reason })
  }
  // In one order everywhere, so that two batches never wait for each other's rows.
  writes.sort((one, other) => (one.gid < other.gid ? -1 : 1))
  try {
    await writeRows(database, writes, answers)
  } catch (error) {
    const hasStored = [...answers.values()].includes(STORED)
    if (!hasStored || !(error instanceof StoreUnavailable)) throw error
    throw new Error(`only a part of the batch is known to be written: ${error.message}`, { cause: error })
  }
  return batch.map((write) => answers.get(write) ?? unanswered(write))
}

/** A row that the server refuses fails the whole statement: halves find it, and the others are stored without it. */
async function writeRows(
  database: Database,
  writes: readonly TransactionWrite[],
  answers: Answers,
  round = 1,
): Promise<void> {
  if (writes.length === 0) return
  let exceptions: readonly TransactionWrite[]
  try {
    exceptions = await store(database, writes, answers, round)
  } catch (error) {
    if (!isRefusedRow(error)) throw error
    const [only] = writes
    if (writes.length === 1 && only !== undefined) {
      answers.set(only, { outcome: 'invalid', reason: wordsOf(error) })
      return
    }
    const middle = Math.ceil(writes.length / 2)
    await writeRows(database, writes.slice(0, middle), answers, round)
    await writeRows(database, writes.slice(middle), answers, round)
    return
  }
  const again = await explain(database, exceptions, answers)
  if (again.length > 0 && round === ROUNDS_MAX) {
    throw new Error(
      `${again.length} rows, such as ${again[0]?.gid}, changed again and again while they were written`,
    )
  }
  await writeRows(database, again, answers, round + 1)
}

/** One statement; answers the writes that it did not store. */
async function store(
  database: Database,
  writes: readonly TransactionWrite[],
  answers: Answers,
  round: number,
): Promise<readonly TransactionWrite[]> {
  const [found] = await database.change<{ gids: string[] | null }>(
    round === 1 ? WRITE : REWRITE,
    valuesOf(writes),
  )
  const gids = found?.gids ? new Set(found.gids) : undefined
  const exceptions: TransactionWrite[] = []
  for (const write of writes) {
    if (gids === undefined || gids.has(escapedText(write.gid))) answers.set(write, STORED)
    else exceptions.push(write)
  }
  return exceptions
}

/**
 * Answers what stands in the way of each. Returns those that nothing stands in the way of any more: their labels
 * or the time of their creation change, or a moment ago the row was another one's.
 */
async function explain(
  database: Database,
  exceptions: readonly TransactionWrite[],
  answers: Answers,
): Promise<readonly TransactionWrite[]> {
  if (exceptions.length === 0) return []
  const standing = await readStanding(
    database,
    exceptions.map(({ gid }) => gid),
  )
  return exceptions.filter((write, index) => {
    const { row, tombstone } = standing[index] ?? {}
    if (tombstone === undefined && (row?.version ?? 0) === write.expect) return true
    answers.set(write, { outcome: 'conflict', ...(row && { row }), ...(tombstone && { tombstone }) })
    return false
  })
}

function unanswered({ gid }: TransactionWrite): never {
  throw new Error(`no answer for ${gid}`)
}
