import type { Call, Work } from '../works.ts'

/** What the participant saw of one kind of call. */
export interface Seen {
  calls: number
  /** Sagas that made it. */
  sagas: number
}

export type Tally = Readonly<Partial<Record<Call, Seen>>>

/** What is wrong with what the participant saw of so many ended sagas; nothing is wrong with most. */
export function complaintsAbout(work: Work, sagas: number, tally: Tally): string[] {
  const complaints: string[] = []
  for (const call of work.calls) {
    const seen = tally[call] ?? { calls: 0, sagas: 0 }
    if (seen.sagas !== sagas) complaints.push(`${sagas} sagas ended, and ${seen.sagas} called ${call}`)
    if (seen.calls > seen.sagas)
      complaints.push(`${call} was called ${seen.calls} times for ${seen.sagas} sagas`)
  }
  for (const [call, seen] of Object.entries(tally)) {
    if (!work.calls.some((one) => one === call)) complaints.push(`${call} was called ${seen.calls} times`)
  }
  return complaints
}
