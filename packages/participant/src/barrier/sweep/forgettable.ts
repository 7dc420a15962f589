import type { EndedAnswer } from '@assent/contract'
import type { GidRows } from '../barrier.ts'

export interface SweepLimits {
  /**
   * How long after the end of a transaction a late call may still come, milliseconds. It is counted across
   * two clocks, the coordinator's and the service's, and so should be long beside what these may differ by.
   */
  graceMs: number
  /** How long the coordinator remembers a gid at most, its tombstone included, milliseconds. */
  tombstoneLifeMs: number
}

/** Rows that are worth asking about: still for long enough, and none of them waits to be completed. */
export function isAskable(rows: GidRows, now: number, { graceMs }: SweepLimits): boolean {
  return !rows.ongoing && rows.touchedAt <= now - graceMs
}

/**
 * Which gids' rows nothing can need any more. Age alone never says so: a transaction may be open for as long
 * as a participant is down. A gid that the coordinator doesn't know has either ended long ago or was never
 * its own, and only age beyond its longest memory tells that nothing comes for it.
 */
export function forgettable(
  asked: readonly GidRows[],
  answer: EndedAnswer,
  now: number,
  { graceMs, tombstoneLifeMs }: SweepLimits,
): string[] {
  const endedAt = new Map(answer.ended.map((each) => [each.gid, each.endedAt]))
  const unknown = new Set(answer.unknown)
  return asked
    .filter(({ gid, touchedAt }) => {
      const ended = endedAt.get(gid)
      if (ended !== undefined) return ended <= now - graceMs
      return unknown.has(gid) && touchedAt <= now - tombstoneLifeMs
    })
    .map(({ gid }) => gid)
}
