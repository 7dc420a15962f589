import { ENDED_GIDS_MAX, type Status } from '@assent/contract'
import type { Call } from '../../barrier/call.ts'
import type { Answer } from '../../barrier/decision.ts'
import type { InDoubt } from '../xa.ts'

/** Younger branches are left alone: their coordinator is about to end them. Milliseconds. */
export const XA_SWEEP_GRACE_MS = 30_000

/**
 * Tells where transactions stand; one that is not in the answer is not known. `askStatuses(url)`, or
 * `statusesOf(assent)` where Assent is embedded. Asked for at most 1,000 at once.
 */
export type AskStatuses = (gids: readonly string[]) => Promise<ReadonlyMap<string, Status>>

export interface XaSweepOptions {
  statuses: AskStatuses
  /** How long after its registration a branch is left alone, milliseconds. */
  graceMs?: number
  /** Epoch milliseconds. */
  now?: () => number
}

export interface XaSwept {
  /** Branches that were committed, as their transactions had decided. */
  committed: number
  rolledBack: number
  /** Branches of transactions that have not decided; they were left. */
  undecided: number
  /** Branches of transactions that the coordinator does not know: for a person to decide. */
  unknown: InDoubt[]
  /** Branches that could not be ended now, and why; the next sweep tries again. */
  failed: { branch: InDoubt; error: unknown }[]
}

/** What is needed of an `XaResource`, whatever its driver. */
export interface SweptResource {
  inDoubt(after?: InDoubt): Promise<readonly InDoubt[]>
  run(call: Call, business: () => void): Promise<Answer>
}

/**
 * Ends what this service holds in doubt and its transaction has decided. The coordinator does so by itself for
 * as long as it calls this service; the sweep is for when it does no more (an operator has resolved the branch,
 * its address has changed) and for finding what nobody will ever end. Nothing is guessed, and no age decides.
 * Throws what `statuses` throws, with nothing ended by it.
 */
export async function sweepXa(resource: SweptResource, options: XaSweepOptions): Promise<XaSwept> {
  const { statuses, graceMs = XA_SWEEP_GRACE_MS, now = Date.now } = options
  const swept: XaSwept = { committed: 0, rolledBack: 0, undecided: 0, unknown: [], failed: [] }
  const until = now() - graceMs
  for (let part = await resource.inDoubt(); part.length > 0; part = await resource.inDoubt(part.at(-1))) {
    const old = part.filter(({ registeredAt = 0 }) => registeredAt <= until)
    for (let from = 0; from < old.length; from += ENDED_GIDS_MAX) {
      const branches = old.slice(from, from + ENDED_GIDS_MAX)
      const known = await statuses([...new Set(branches.map(({ gid }) => gid))])
      for (const branch of branches) await settle(resource, branch, known.get(branch.gid), swept)
    }
    // The oldest come first, so that behind a young one all are.
    if (old.length < part.length) break
  }
  return swept
}

async function settle(
  resource: SweptResource,
  branch: InDoubt,
  status: Status | undefined,
  swept: XaSwept,
): Promise<void> {
  switch (status) {
    case undefined:
      swept.unknown.push(branch)
      return
    case 'PREPARED':
    case 'SUBMITTED':
      swept.undecided += 1
      return
    case 'COMMITTING':
    case 'COMMITTED':
      if (await follow(resource, branch, 'commit', swept)) swept.committed += 1
      return
    case 'ABORTING':
    case 'ABORTED':
      if (await follow(resource, branch, 'rollback', swept)) swept.rolledBack += 1
      return
  }
}

async function follow(
  resource: SweptResource,
  branch: InDoubt,
  op: 'commit' | 'rollback',
  swept: XaSwept,
): Promise<boolean> {
  try {
    const { gid, branchId } = branch
    const answer = await resource.run({ gid, branchId, op }, nothing)
    if (answer.outcome === 'done') return true
    const why = answer.outcome === 'refused' ? answer.refusal.message : answer.outcome
    throw new Error(`its ${op} was not done: ${why}`)
  } catch (error) {
    swept.failed.push({ branch, error })
    return false
  }
}

function nothing(): void {}
