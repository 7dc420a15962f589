import type { Violation } from '../promises/promise.ts'
import type { Verdict } from '../simulate.ts'
import { type Counts, SITUATIONS } from '../situations/situations.ts'

/** What some seeds have shown, small enough to be sent from one thread to another. */
export interface Result {
  seeds: number
  virtualMs: number
  counts: Counts
  failures: { seed: number; violations: readonly Violation[] }[]
}

export function resultOf({ seed, violations, trace, counts }: Verdict): Result {
  return {
    seeds: 1,
    virtualMs: trace.entries.at(-1)?.at ?? 0,
    counts,
    failures: violations.length === 0 ? [] : [{ seed, violations }],
  }
}

/** Adds what others have found. */
export function add(total: Result, more: Result): void {
  total.seeds += more.seeds
  total.virtualMs += more.virtualMs
  for (const situation of SITUATIONS) total.counts[situation] += more.counts[situation]
  total.failures.push(...more.failures)
}
