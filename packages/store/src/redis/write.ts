import type { TransactionWrite, WriteAnswer } from '@assent/engine'
import { assertDistinct, whyInvalid } from '../batch.ts'
import type { Database } from './database.ts'
import { allOf } from './failures.ts'
import { keyOf, type Slot, slotFor } from './keyspace.ts'
import { fenceOf, keptOf, tombstoneOf } from './row.ts'
import { WRITE, WRITE_ON } from './scripts.ts'

/** The writes of one slot, with their places in the batch. */
interface Part {
  slot: Slot
  places: number[]
  writes: TransactionWrite[]
}

const STORED: WriteAnswer = Object.freeze({ outcome: 'stored' })

/** One script for each slot, all sent at once; each write of them stands or falls alone. */
export async function write(database: Database, batch: readonly TransactionWrite[]): Promise<WriteAnswer[]> {
  assertDistinct(batch)
  const answers: WriteAnswer[] = new Array(batch.length).fill(STORED)
  const parts = new Map<Slot, Part>()
  for (const [place, row] of batch.entries()) {
    const reason = whyInvalid(row)
    if (reason === undefined) partOf(parts, slotFor(database.keyspace, row.gid), place, row)
    else answers[place] = { outcome: 'invalid', reason }
  }
  const exceptions = await allOf([...parts.values()].map((part) => writePart(database, part)))
  for (const [place, answer] of exceptions.flat()) answers[place] = answer
  return answers
}

function partOf(parts: Map<Slot, Part>, slot: Slot, place: number, row: TransactionWrite): void {
  const part = parts.get(slot) ?? { slot, places: [], writes: [] }
  parts.set(slot, part)
  part.places.push(place)
  part.writes.push(row)
}

/** The answers other than *stored*, each with its place in the batch. */
async function writePart(
  database: Database,
  { slot, places, writes }: Part,
): Promise<[place: number, answer: WriteAnswer][]> {
  const keys = [...slot.setKeys]
  const values = [String(Buffer.byteLength(slot.beforeGid))]
  for (const row of writes) {
    keys.push(keyOf(slot, row.gid))
    values.push(String(row.expect), keptOf(row))
  }
  const script = writes.every(({ expect }) => expect > 0) ? WRITE_ON : WRITE
  const found = (await database.change(slot.tag, script, { keys, values })) as (number | string | null)[]
  const exceptions: [number, WriteAnswer][] = []
  for (let at = 0; at < found.length; at += 2) {
    const index = (found[at] as number) - 1
    const { gid } = writes[index] as TransactionWrite
    exceptions.push([places[index] as number, exceptionOf(gid, found[at + 1] as string | null)])
  }
  return exceptions
}

/** `standing` is what stands at the gid's key: '' for nothing, null for what is of another type. */
function exceptionOf(gid: string, standing: string | null): WriteAnswer {
  if (standing === '') return { outcome: 'conflict' }
  const row = standing === null ? undefined : fenceOf(standing)
  if (row !== undefined) return { outcome: 'conflict', row }
  const tombstone = standing === null ? undefined : tombstoneOf(gid, standing)
  if (tombstone !== undefined) return { outcome: 'conflict', tombstone }
  return { outcome: 'invalid', reason: 'something else stands at its key, which another program put there' }
}
