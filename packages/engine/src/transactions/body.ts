import type { Json, Operation } from '@assent/contract'
import { withAncestors } from './graph.ts'
import { findReferences, type ResultReference, replaceReferences, resolvePointer } from './references.ts'
import { type Branch, payloadOf, type Transaction, undoOperation } from './transaction.ts'

function undoPayloadOf(transaction: Transaction, branch: Branch): Json | undefined {
  const { undoPayload } = branch.request
  return undoPayload === undefined ? payloadOf(transaction, branch) : undoPayload
}

const NONE: readonly number[] = []

/** Finds results by name, but for those of the branches at `without`. */
function lookupIn(
  branches: readonly Branch[],
  without = NONE,
): (reference: ResultReference) => Json | undefined {
  let results: Map<string, Json | undefined> | undefined
  return ({ branchId, pointer }) => {
    results ??= new Map(
      branches.map(({ request, result }, position) => [
        request.branchId,
        without.includes(position) ? undefined : result,
      ]),
    )
    return resolvePointer(results.get(branchId), pointer)
  }
}

/** Why a call is not made: a result that its payload needs was omitted, or has nothing at the pointer. */
export const RESULT_MISSING = 'RESULT_MISSING'

/** Branches of which nothing is missing. Results never go away, so a branch that waits is looked at once. */
const COMPLETE = new WeakSet<Branch>()

/** The first reference of a branch's payload that no result answers; undefined when all are there. */
export function missingResult(
  transaction: Transaction,
  branches: readonly Branch[],
  branch: Branch,
): ResultReference | undefined {
  if (COMPLETE.has(branch)) return undefined
  const lookup = lookupIn(branches)
  const missing = findReferences(payloadOf(transaction, branch)).find(
    (reference) => lookup(reference) === undefined,
  )
  if (missing === undefined) COMPLETE.add(branch)
  return missing
}

/**
 * Results of all that comes before a branch but for those at `without`, by branch_id, which may be any name, such
 * as `__proto__`.
 */
function resultsBefore(
  branches: readonly Branch[],
  branch: Branch,
  without = NONE,
): { [branchId: string]: Json } {
  const results: [branchId: string, result: Json][] = []
  for (const position of withAncestors(branches, branch.after)) {
    const before = branches[position]
    if (before?.result === undefined || without.includes(position)) continue
    results.push([before.request.branchId, before.result])
  }
  return Object.fromEntries(results)
}

/**
 * Positions of the branches whose results an undo would carry and which are not decided. It must do without them
 * for good; a result that is there never changes, so the rest of the body needs no keeping.
 */
export function undecidedReads(
  transaction: Transaction,
  branches: readonly Branch[],
  branch: Branch,
): number[] {
  const names = new Set(findReferences(undoPayloadOf(transaction, branch)).map(({ branchId }) => branchId))
  const before = branch.request.envelope === true ? withAncestors(branches, branch.after) : new Set<number>()
  if (names.size === 0 && before.size === 0) return []
  return branches.flatMap(({ request, phaseOneOutcome }, position) =>
    phaseOneOutcome === undefined && (names.has(request.branchId) || before.has(position)) ? [position] : [],
  )
}

/** What a call carries; undefined is a call without a body. */
export function bodyOf(transaction: Transaction, branch: Branch, op: Operation): Json | undefined {
  const { branches } = transaction
  const isUndo = op === undoOperation(transaction)
  const without = isUndo ? branch.told?.without : undefined
  const payload = replaceReferences(
    isUndo ? undoPayloadOf(transaction, branch) : payloadOf(transaction, branch),
    lookupIn(branches, without),
  )
  if (branch.request.envelope !== true) return payload
  const envelope = { payload, results: resultsBefore(branches, branch, without) }
  if (isUndo) return { ...envelope, outcome: branch.told?.outcome, result: branch.told?.result }
  if (branch.phaseOneOutcome === undefined) return envelope
  return { ...envelope, outcome: branch.phaseOneOutcome, result: branch.result }
}
