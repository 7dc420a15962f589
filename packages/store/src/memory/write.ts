import type { TransactionRow, TransactionWrite, WriteAnswer } from '@assent/engine'
import { assertDistinct, whyInvalid } from '../batch.ts'
import { put, type Tables } from './schema.ts'

const STORED: WriteAnswer = Object.freeze({ outcome: 'stored' })

export function write(tables: Tables, batch: readonly TransactionWrite[]): WriteAnswer[] {
  assertDistinct(batch)
  return batch.map((row) => writeOne(tables, row))
}

function writeOne(tables: Tables, write: TransactionWrite): WriteAnswer {
  const reason = whyInvalid(write)
  if (reason !== undefined) return { outcome: 'invalid', reason }
  const row = tables.transactions.get(write.gid)
  const tombstone = row === undefined ? tables.tombstones.get(write.gid) : undefined
  if ((row?.version ?? 0) !== write.expect || tombstone !== undefined) {
    return { outcome: 'conflict', ...(row && { row: fenceOf(row) }), ...(tombstone && { tombstone }) }
  }
  put(tables, rowOf(write))
  return STORED
}

function fenceOf({ version, owner, writeId }: TransactionRow): {
  version: number
  owner: string | null
  writeId: string
} {
  return { version, owner, writeId }
}

/** A copy, so that what the writer does with its objects afterwards is its own business. */
function rowOf({ expect, ...columns }: TransactionWrite): TransactionRow {
  return { ...columns, labels: Object.freeze({ ...columns.labels }), version: expect + 1 }
}
