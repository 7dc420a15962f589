import type { Operation, ToldOutcome } from '@assent/contract'
import { undecidedReads } from './body.ts'
import type { Draft } from './draft.ts'
import { dependantsFirst } from './graph.ts'
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
  return branch.maybeDone || branch.status === 'SUCCEED' || branch.status === 'COMPENSATED'
}

/** Nothing of this branch is left to wait for. */
function isClear(transaction: Transaction, branch: Branch, now: number): boolean {
  if (isInFlight(branch, now)) return false
  return branch.status === 'COMPENSATED' || !needsUndo(transaction, branch)
}

/** What the participant is told about phase one. */
function outcomeOf(branch: Branch): ToldOutcome {
  if (branch.status === 'SUCCEED') return 'done'
  return branch.status === 'FAILED' && isSurelyRefused(branch) ? 'refused' : 'unknown'
}

/**
 * An answer to one of several calls proves nothing about the others. The application's word about its own calls
 * counts; those of a try were made here.
 */
function isSurelyRefused(branch: Branch): boolean {
  if (branch.drivenBy === 'coordinator') return !branch.maybeDone
  if (!branch.tried) return true
  return branch.attemptCount <= 1 && branch.attempts.every((attempt) => attempt.outcome === 'refused')
}

/**
 * Undoes in reverse order of dependency. A branch whose dependants are clear and whose own call has ended gets
 * fixed what its undo will say, in the same write for all that are ready; from then on every repeat says the
 * same.
 */
export function settleAbort(draft: Draft): void {
  const { transaction, now } = draft
  const undo = undoOperation(transaction)
  const waiting = new Set<number>()
  let isAllClear = true
  for (const position of dependantsFirst(draft.branches)) {
    const known = draft.branches[position]
    if (known === undefined) continue
    if (undo !== undefined && !waiting.has(position) && isToBeUndone(transaction, known, now)) {
      settleUndo(draft, position, undo)
    }
    const branch = draft.branches[position] ?? known
    const clear = isClear(transaction, branch, now)
    if (!clear) isAllClear = false
    else if (branch.open !== undefined) draft.branch(position).open = undefined
    // What a branch waits for, all that it depends on waits for too, even where it has no undo itself.
    if (!clear || waiting.has(position)) for (const before of branch.after) waiting.add(before)
  }
  if (isAllClear) {
    transaction.status = 'ABORTED'
    draft.decided = true
  }
}

function isToBeUndone(transaction: Transaction, branch: Branch, now: number): boolean {
  if (branch.status === 'COMPENSATED' || branch.told !== undefined || isInFlight(branch, now)) return false
  return needsUndo(transaction, branch)
}

/** Fixes what the undo will say, or is done with it where there is nothing to call. */
function settleUndo(draft: Draft, position: number, undo: Operation): void {
  const branch = draft.branch(position)
  const outcome = outcomeOf(branch)
  branch.open = undefined
  branch.inFlight = undefined
  branch.op = undo
  if (operationUrl(branch.request, undo) === '') {
    branch.status = 'COMPENSATED'
    return
  }
  const without = undecidedReads(draft.transaction, draft.branches, branch)
  branch.told = {
    outcome,
    ...(outcome === 'done' && branch.result !== undefined ? { result: branch.result } : {}),
    ...(without.length > 0 ? { without } : {}),
  }
  draft.decided = true
}
