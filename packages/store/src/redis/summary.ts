import { isEnded, STATUSES, type Status } from '@assent/contract'
import type { StoreSummary } from '@assent/engine'
import type { Database } from './database.ts'
import type { Slot } from './keyspace.ts'
import { firstMembers, rangeOf } from './members.ts'
import { timeOf } from './sortable-time.ts'

const ACTIVE_STATUSES = STATUSES.filter((status) => !isEnded(status))

/** What one slot has of a status. */
interface Share {
  status: Status
  number: number
  oldest: number[]
}

export async function summary(database: Database): Promise<StoreSummary> {
  const { slots } = database.keyspace
  const [shares, attention] = await Promise.all([
    Promise.all(slots.flatMap((slot) => ACTIVE_STATUSES.map((status) => shareOf(database, slot, status)))),
    Promise.all(slots.map(({ tag, sets }) => database.call(tag, ['ZCARD', sets.attention]))),
  ])
  const active: Partial<Record<Status, number>> = {}
  for (const { status, number } of shares) if (number > 0) active[status] = (active[status] ?? 0) + number
  const oldest = shares.flatMap((share) => share.oldest)
  return {
    active,
    oldestUndecidedAt: oldest.length === 0 ? null : Math.min(...oldest),
    attention: attention.reduce<number>((sum, number) => sum + (number as number), 0),
  }
}

async function shareOf(database: Database, slot: Slot, status: Status): Promise<Share> {
  const beginning = `${status}\0`
  const { from, to } = rangeOf(beginning)
  const [number, members] = await Promise.all([
    database.call(slot.tag, ['ZLEXCOUNT', slot.sets.statuses, from, to]),
    firstMembers(database, slot, 'statuses', beginning, 1),
  ])
  const oldest = members.map((member) => timeOf(member.slice(beginning.length).split('\0')[0] as string))
  return { status, number: number as number, oldest }
}
