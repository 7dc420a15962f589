import type { TransferRecord } from '../clients/record.ts'
import type { Kept } from '../evidence/evidence.ts'
import type { Sighting } from '../evidence/sightings.ts'

/** What each status can only end as, and how far it has come. */
const STATUSES: Readonly<Record<string, { end?: 'COMMITTED' | 'ABORTED'; rank: number }>> = {
  PREPARED: { rank: 0 },
  SUBMITTED: { rank: 1 },
  COMMITTING: { end: 'COMMITTED', rank: 2 },
  COMMITTED: { end: 'COMMITTED', rank: 3 },
  ABORTING: { end: 'ABORTED', rank: 2 },
  ABORTED: { end: 'ABORTED', rank: 3 },
}

const endOf = (status: string): string | undefined => STATUSES[status]?.end
const rankOf = (status: string): number => STATUSES[status]?.rank ?? -1

/** What was acknowledged, or shown to anybody, is kept. */
export function forgotten(
  { acknowledged, branches }: TransferRecord,
  seen: readonly Sighting[],
  transaction: Kept | undefined,
): string[] {
  if (transaction === undefined) {
    const [first] = seen
    if (acknowledged) return ['was acknowledged and is missing']
    return first === undefined ? [] : [`${first.by} was told ${first.status}, and it is missing`]
  }
  const known = new Set(transaction.branches.map(({ branch_id }) => branch_id))
  return branches
    .filter((branch) => !known.has(branch))
    .map((branch) => `branch ${branch} was acknowledged and is missing`)
}

export function undecided(transaction: Kept | undefined): string[] {
  if (transaction === undefined || endOf(transaction.status) === transaction.status) return []
  return [`has not ended: ${transaction.status}`]
}

/** A decision that anybody was told never turns round. */
export function contradicted(seen: readonly Sighting[], transaction: Kept | undefined): string[] {
  const end = endOf(transaction?.status ?? '')
  if (end === undefined) return []
  return seen
    .filter(({ status }) => (endOf(status) ?? end) !== end)
    .map(({ status, by }) => `${by} was told ${status}, and it is ${transaction?.status}`)
}

/** Whoever asks after another was answered is told no less, wherever he asks. */
export function wentBack(seen: readonly Sighting[]): string[] {
  return seen.flatMap((later) =>
    seen
      .filter(
        (earlier) =>
          rankOf(earlier.status) > rankOf(later.status) && earlier.firstSeenAtMs < later.lastAskedAtMs,
      )
      .map(
        (earlier) =>
          `${later.by} was told ${later.status} ${Math.ceil(later.lastAskedAtMs - earlier.firstSeenAtMs)} ms after ${earlier.by} had been told ${earlier.status}`,
      ),
  )
}
