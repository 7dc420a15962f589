import type { CrashRun } from '../run.ts'
import { shortfalls } from './shortfalls.ts'
import { tallyOf } from './tally.ts'
import { verdict } from './verdict.ts'

/** Everything that is wrong with a run, whether in what it tested or in itself; nothing when it proved its promises. */
export function findingsOf(run: CrashRun): string[] {
  return [
    ...verdict(run.evidence),
    ...run.ownEnds.map((end) => `ended without being asked to: ${end}`),
    ...shortfalls(tallyOf(run), run.settings),
  ]
}
