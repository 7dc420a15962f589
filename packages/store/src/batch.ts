import type { TransactionWrite } from '@assent/engine'

/** Throws a RangeError when a gid occurs twice: which of the two writes is meant to be first can't be known. */
export function assertDistinct(batch: readonly Pick<TransactionWrite, 'gid'>[]): void {
  const gids = new Set<string>()
  for (const { gid } of batch) {
    if (gids.has(gid)) throw new RangeError(`the gid ${gid} occurs twice in one batch`)
    gids.add(gid)
  }
}

const TEXTS = ['gid', 'writeId', 'status', 'mode', 'name', 'application', 'content', 'state'] as const
const TIMES = ['createdAt', 'updatedAt', 'dueAt', 'endedAt'] as const

type Checked = Pick<TransactionWrite, (typeof TEXTS)[number] | (typeof TIMES)[number] | 'expect' | 'owner'>

/** Why no backend can hold this row, in words; undefined when nothing stands against it. */
export function whyInvalid(row: Checked): string | undefined {
  if (!Number.isSafeInteger(row.expect) || row.expect < 0) return `expect is ${row.expect}, no version`
  if (row.owner !== null && typeof row.owner !== 'string') return `owner is ${row.owner}, no text`
  for (const column of TEXTS) {
    if (typeof row[column] !== 'string') return `${column} is ${row[column]}, no text`
  }
  for (const column of TIMES) {
    const time = row[column]
    const mayBeNull = column === 'dueAt' || column === 'endedAt'
    if (!Number.isSafeInteger(time) && !(mayBeNull && time === null)) return `${column} is ${time}, no time`
  }
  return undefined
}
