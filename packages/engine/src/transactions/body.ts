import type { Json, Operation } from '@assent/contract'
import { withAncestors } from './graph.ts'
import { findReferences, type ResultReference, replaceReferences, resolvePointer } from './references.ts'
import { type Branch, payloadOf, phaseOneOperation, type Transaction, undoOperation } from './transaction.ts'

function undoPayloadOf(transaction: Transaction, branch: Branch): Json | undefined {
  const { undoPayload } = branch.request
  return undoPayload === undefined ? payloadOf(transaction, branch) : undoPayload
}

function lookupIn(branches: readonly Branch[]): (reference: ResultReference) => Json | undefined {
  let results: Map<string, Json | undefined> | undefined
  return ({ branchId, pointer }) => {
    results ??= new Map(branches.map((branch) => [branch.request.branchId, branch.result]))
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

/** Results of all that comes before a branch, by branch_id, which may be any name, such as `__proto__`. */
function resultsBefore(branches: readonly Branch[], branch: Branch): { [branchId: string]: Json } {
  const results: [branchId: string, result: Json][] = []
  for (const position of withAncestors(branches, branch.after)) {
    const before = branches[position]
    if (before?.result !== undefined) results.push([before.request.branchId, before.result])
  }
  return Object.fromEntries(results)
}

/** The body of an undo that depends on other branches' results, so that it must be fixed; else undefined. */
export function fixedUndoBody(
  transaction: Transaction,
  branches: readonly Branch[],
  branch: Branch,
): Json | undefined {
  const payload = undoPayloadOf(transaction, branch)
  const filled = replaceReferences(payload, lookupIn(branches))
  if (branch.request.envelope !== true) return filled === payload ? undefined : filled
  return {
    payload: filled,
    results: resultsBefore(branches, branch),
    outcome: branch.told?.outcome,
    result: branch.told?.result,
  }
}

/** What a call carries; undefined is a call without a body. */
export function bodyOf(transaction: Transaction, branch: Branch, op: Operation): Json | undefined {
  if (op === undoOperation(transaction)) {
    return branch.told?.body === undefined ? undoPayloadOf(transaction, branch) : branch.told.body
  }
  const { branches } = transaction
  const payload = replaceReferences(payloadOf(transaction, branch), lookupIn(branches))
  if (branch.request.envelope !== true) return payload
  const envelope = { payload, results: resultsBefore(branches, branch) }
  return op === phaseOneOperation(transaction, branch) || branch.result === undefined
    ? envelope
    : { ...envelope, outcome: 'done', result: branch.result }
}
