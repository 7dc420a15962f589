import { FAULT_KINDS, type FaultKind, type FaultName } from '../faults/kinds.ts'
import type { CrashSettings } from '../settings.ts'
import type { Tally } from './tally.ts'

/** Each kind of fault that can, strikes amid work once in so many strikes at least. */
const STRIKES_FOR_EACH = 20
/** A run in which little happens proves little. */
const ENDS_MIN = 10

/** What a run lacks to prove anything, a sentence for each; nothing when it does. */
export function shortfalls(tally: Tally, { strikes, faults, coordinators }: CrashSettings): string[] {
  const least: [what: string, found: number, least: number][] = [
    ['faults that struck amid work', amidWork(tally, faults), strikes],
    ...faults
      .filter((name) => (FAULT_KINDS[name] as FaultKind).amid === 'work')
      .map((name): [string, number, number] => [
        `times that ${name} struck amid work`,
        amidWork(tally, [name]),
        Math.floor(strikes / STRIKES_FOR_EACH),
      ]),
    ['transfers that were committed', tally.transfersByEnd.COMMITTED ?? 0, ENDS_MIN],
    ['transfers that were aborted', tally.transfersByEnd.ABORTED ?? 0, ENDS_MIN],
    ['calls whose outcome was unknown', tally.callsByOutcome.unknown ?? 0, 1],
    ['undos of nothing', tally.emptyUndos, 1],
    ['decisions seen before they were carried out', tally.decisionsSeen, 1],
  ]
  if (faults.some((name) => FAULT_KINDS[name].strikes !== 'banks')) {
    least.push(['answers lost on the way to a client', tally.lostAnswers, 1])
  }
  if (coordinators > 1) least.push(['requests to another coordinator', tally.askedElsewhere, ENDS_MIN])
  return least
    .filter(([, found, wanted]) => found < wanted)
    .map(([what, found, wanted]) => `${what}: ${found}, and at least ${wanted} are wanted`)
}

function amidWork({ strikes }: Tally, faults: readonly FaultName[]): number {
  return faults.reduce((total, name) => total + (strikes[name]?.amidWork ?? 0), 0)
}
