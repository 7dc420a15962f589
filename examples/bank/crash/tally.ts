import type { CrashRun } from './run.ts'
import type { CrashSettings } from './settings.ts'

/** What a run has seen, for the lines that a test prints. */
export interface Tally {
  killsOf: Readonly<Record<string, number>>
  transfersByCourse: Readonly<Record<string, number>>
  transfersByEnd: Readonly<Record<string, number>>
  lostAnswers: number
  callsByOutcome: Readonly<Record<string, number>>
  /** Undos that found nothing to undo. */
  emptyUndos: number
}

export function tallyOf({ evidence, killsOf }: CrashRun): Tally {
  const { records, kept, banks } = evidence
  const statusOf = new Map(kept.map(({ gid, status }) => [gid, status]))
  const touched = new Set(
    [...banks.north.lines, ...banks.south.lines].map(({ gid, branch_id }) => `${gid}/${branch_id}`),
  )
  const branches = kept.flatMap(({ gid, branches }) => branches.map((branch) => ({ gid, ...branch })))
  return {
    killsOf,
    transfersByCourse: count(records.map(({ transfer }) => transfer.course)),
    transfersByEnd: count(records.map(({ transfer }) => statusOf.get(transfer.gid) ?? 'unknown')),
    lostAnswers: records.reduce((sum, { lostAnswers }) => sum + lostAnswers, 0),
    callsByOutcome: count(branches.flatMap(({ attempts }) => attempts.map(({ outcome }) => outcome))),
    emptyUndos: branches.filter(
      ({ gid, branch_id, status }) => status === 'COMPENSATED' && !touched.has(`${gid}/${branch_id}`),
    ).length,
  }
}

/** A few lines for people, with the command that makes the same run again. */
export function tallyText(tally: Tally, { seed, kills }: CrashSettings): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, number]) => `${number} ${what}`)
      .join(', ')
  return [
    `CRASH_SEED=${seed} CRASH_KILLS=${kills} npm test -- crash.e2e`,
    `  killed: ${list(tally.killsOf)}`,
    `  transfers: ${list(tally.transfersByEnd)}; ${list(tally.transfersByCourse)}`,
    `  answers lost on the way to the client: ${tally.lostAnswers}`,
    `  calls kept in the timelines: ${list(tally.callsByOutcome)}; ${tally.emptyUndos} undos of nothing`,
  ].join('\n')
}

function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
