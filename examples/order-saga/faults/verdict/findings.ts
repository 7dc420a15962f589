import type { FaultRun } from '../run.ts'
import { shortfalls } from './tally.ts'
import { verdict } from './verdict.ts'

/** Everything that is wrong with a run, whether in what it tested or in itself; nothing when it proved its promises. */
export function findingsOf(run: FaultRun): string[] {
  return [
    ...verdict(run.evidence),
    ...run.ownEnds.map((end) => `ended without being asked to: ${end}`),
    ...shortfalls(run),
  ]
}
