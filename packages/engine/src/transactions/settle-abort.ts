import type { ToldOutcome } from '@assent/contract'
import { fixedUndoBody } from './body.ts'
import type { Draft } from './draft.ts'
import {
  type Branch,
  isInFlight,
  isPivotWithoutUndo,
  operationUrl,
  type Transaction,
  undoOperation,
} from './transaction.ts'

/** Whether a branch must be undone: it took effect, or it may have. */
export function needsUndo(transaction: Transaction, branch: Branch): boolean {
  if (branch.follower || undoOperation(transaction) === undefined) return false
  if (isPivotWithoutUndo(transaction, branch)) return false
  return (
    branch.maybeDone ||
    branch.inFlight !== undefined ||
    branch.status === 'SUCCEED' ||
    branch.status === 'COMPENSATED'
  )
}

/** Nothing of this branch is left to wait for. */
function isClear(transaction: Transaction, branch: Branch, now: number): boolean {
  if (isInFlight(branch, now)) return false
  return branch.status === 'COMPENSATED' || !needsUndo(transaction, branch)
}

/** Positions of the branches that still have a dependant to be undone first. */
function blocked(draft: Draft): Set<number> {
  const seen = new Set<number>()
  const open: number[] = []
  for (const branch of draft.branches) {
    if (!isClear(draft.transaction, branch, draft.now)) open.push(...branch.after)
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(draft.branches[next]?.after ?? []))
  }
  return seen
}

/** What the participant is told about phase one. */
function outcomeOf(branch: Branch): ToldOutcome {
  if (branch.status === 'SUCCEED') return 'done'
  if (branch.status !== 'FAILED') return 'unknown'
  // The application's own word counts; an answer to one of several calls proves nothing about the others.
  return branch.drivenBy === 'application' || !branch.maybeDone ? 'refused' : 'unknown'
}

/**
 * Undoes in reverse order of dependency. A branch whose dependants are clear and whose own call has ended gets
 * fixed what its undo will say, in the same write for all that are ready; from then on every repeat says the
 * same.
 */
export function settleAbort(draft: Draft): void {
  const { transaction, now } = draft
  const undo = undoOperation(transaction)
  for (let again = undo !== undefined; again; ) {
    again = false
    const waiting = blocked(draft)
    for (let position = 0; position < draft.branches.length; position++) {
      const branch = draft.branches[position]
      if (branch === undefined || undo === undefined || waiting.has(position)) continue
      if (!needsUndo(transaction, branch) || branch.status === 'COMPENSATED' || branch.told !== undefined)
        continue
      if (isInFlight(branch, now)) continue
      again = settleUndo(draft, position, undo) || again
    }
  }
  if (draft.branches.every((branch) => isClear(transaction, branch, now))) {
    transaction.status = 'ABORTED'
    draft.decided = true
  }
}

/** Answers whether the branch is undone without a call. */
function settleUndo(
  draft: Draft,
  position: number,
  undo: NonNullable<ReturnType<typeof undoOperation>>,
): boolean {
  const branch = draft.branch(position)
  const outcome = outcomeOf(branch)
  branch.open = undefined
  branch.inFlight = undefined
  branch.op = undo
  if (operationUrl(branch.request, undo) === '') {
    branch.status = 'COMPENSATED'
    return true
  }
  const told: Branch['told'] = { outcome }
  if (outcome === 'done' && branch.result !== undefined) told.result = branch.result
  branch.told = told
  const body = fixedUndoBody(draft.transaction, draft.branches, branch)
  if (body !== undefined) branch.told = { ...told, body }
  draft.decided = true
  return false
}
