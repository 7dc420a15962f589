import type { CrashRun } from '../run.ts'

/** What a run has seen, for the lines that a test prints. */
export interface Tally {
  /** For each fault, how often it struck, and how often of that amid work. */
  strikes: Readonly<Record<string, { all: number; amidWork: number }>>
  transfersByCourse: Readonly<Record<string, number>>
  transfersByEnd: Readonly<Record<string, number>>
  lostAnswers: number
  /** Requests to another coordinator than the one before. */
  askedElsewhere: number
  /** Decisions that somebody was shown before the transaction had ended. */
  decisionsSeen: number
  callsByOutcome: Readonly<Record<string, number>>
  /** Undos that found nothing to undo. */
  emptyUndos: number
}

export function tallyOf({ settings, evidence, strikes }: CrashRun): Tally {
  const { records, listings, banks, sightings } = evidence
  const { kept } = listings[0]
  const statusOf = new Map(kept.map(({ gid, status }) => [gid, status]))
  const touched = new Set(
    [...banks.north.lines, ...banks.south.lines].map(({ gid, branch_id }) => `${gid}/${branch_id}`),
  )
  const branches = kept.flatMap(({ gid, branches }) => branches.map((branch) => ({ gid, ...branch })))
  const isOpenDecision = (status: string) => status === 'COMMITTING' || status === 'ABORTING'
  return {
    strikes: Object.fromEntries(
      settings.faults.map((name) => {
        const struck = strikes.filter(({ fault }) => fault === name)
        return [name, { all: struck.length, amidWork: struck.filter(({ amidWork }) => amidWork).length }]
      }),
    ),
    transfersByCourse: count(records.map(({ transfer }) => transfer.course)),
    transfersByEnd: count(records.map(({ transfer }) => statusOf.get(transfer.gid) ?? 'unknown')),
    lostAnswers: sum(records.map(({ lostAnswers }) => lostAnswers)),
    askedElsewhere: sum(records.map(({ askedElsewhere }) => askedElsewhere)),
    decisionsSeen: [...sightings.values()].filter((seen) => seen.some(({ status }) => isOpenDecision(status)))
      .length,
    callsByOutcome: count(branches.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome))),
    emptyUndos: branches.filter(
      ({ gid, branch_id, status }) => status === 'COMPENSATED' && !touched.has(`${gid}/${branch_id}`),
    ).length,
  }
}

/** A few lines for people, with the command that makes the same run again. */
export function tallyText(run: CrashRun): string {
  const { store, seed, strikes } = run.settings
  const tally = tallyOf(run)
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, number]) => `${number} ${what}`)
      .join(', ')
  const struck = Object.entries(tally.strikes).map(
    ([name, { all, amidWork }]) => `  ${name}: ${amidWork} amid work, ${all} in all`,
  )
  return [
    `npm run soak -- --store ${store} --faults ${strikes} --seed ${seed}`,
    ...struck,
    `  transfers: ${list(tally.transfersByEnd)}; ${list(tally.transfersByCourse)}`,
    `  answers lost on the way to a client: ${tally.lostAnswers}; requests that went to another coordinator than the one before: ${tally.askedElsewhere}`,
    `  decisions that somebody saw before they were carried out: ${tally.decisionsSeen}`,
    `  calls kept in the timelines: ${list(tally.callsByOutcome)}; ${tally.emptyUndos} undos of nothing`,
  ].join('\n')
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
