import { isEnded, MODES, STATUSES, type Status } from '@assent/contract'
import type { StoreSummary } from '@assent/engine'
import type { Database } from './database.ts'
import type { Slot } from './keyspace.ts'
import { firstMembers, rangeOf } from './members.ts'
import type { Reply } from './session.ts'
import { timeOf } from './sortable-time.ts'

const ACTIVE_STATUSES = STATUSES.filter((status) => !isEnded(status))

export async function summary(database: Database): Promise<StoreSummary> {
  const { slots } = database.keyspace
  const [counts, oldest, attention] = await Promise.all([
    Promise.all(ACTIVE_STATUSES.map((status) => countOf(database, status))),
    Promise.all(slots.flatMap((slot) => ACTIVE_STATUSES.map((status) => oldestOf(database, slot, status)))),
    Promise.all(slots.map(({ tag, sets }) => database.call(tag, ['ZCARD', sets.attention]))),
  ])
  const active: Partial<Record<Status, number>> = {}
  for (const [place, status] of ACTIVE_STATUSES.entries()) {
    const count = counts[place] as number
    if (count > 0) active[status] = count
  }
  const times = oldest.flat()
  return {
    active,
    oldestUndecidedAt: times.length === 0 ? null : Math.min(...times),
    attention: sumOf(attention),
  }
}

async function countOf({ keyspace, servers }: Database, status: Status): Promise<number> {
  const { from, to } = rangeOf(`${status}\0`)
  const counts = keyspace.slots.map(({ tag, sets }) =>
    servers.call(tag, ['ZLEXCOUNT', sets.statuses, from, to]),
  )
  return sumOf(await Promise.all(counts))
}

/** When the oldest of a slot was created, for each mode that has some. */
async function oldestOf(database: Database, slot: Slot, status: Status): Promise<number[]> {
  const found = MODES.map(async (mode) => {
    const beginning = `${status}\0${mode}\0`
    const members = await firstMembers(database, slot, 'statuses', beginning, 1)
    return members.map((member) => timeOf(member.slice(beginning.length).split('\0')[0] as string))
  })
  return (await Promise.all(found)).flat()
}

function sumOf(counts: readonly Reply[]): number {
  return counts.reduce<number>((sum, count) => sum + (count as number), 0)
}
