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
  const references = findReferences(payloadOf(transaction, branch))
  if (references.length === 0 || COMPLETE.has(branch)) return undefined
  const lookup = lookupIn(branches)
  const missing = references.find((reference) => lookup(reference) === undefined)
  if (missing === undefined) COMPLETE.add(branch)
  return missing
}

/** Positions of the branches whose results an envelope carries: those it names, or all that come before. */
function readsOf(branches: readonly Branch[], { request, after }: Branch): Iterable<number> {
  const { reads } = request
  if (reads === undefined) return withAncestors(branches, after)
  return branches.flatMap((read, position) => (reads.includes(read.request.branchId) ? [position] : []))
}

/** What an envelope says of results: those that are there, and the names of those that were too long to be kept. */
interface Carried {
  results: { [branchId: string]: Json }
  omitted?: string[]
}

/** Results that a branch reads but for those at `without`, by branch_id, which may be any name, such as `__proto__`. */
function resultsRead(branches: readonly Branch[], branch: Branch, without = NONE): Carried {
  const results: [branchId: string, result: Json][] = []
  const omitted: string[] = []
  for (const position of readsOf(branches, branch)) {
    const read = branches[position]
    if (read === undefined || without.includes(position)) continue
    const { branchId } = read.request
    if (read.resultOmitted === true) omitted.push(branchId)
    else if (read.result !== undefined) results.push([branchId, read.result])
  }
  if (branch.resultOmitted === true) omitted.push(branch.request.branchId)
  const carried: Carried = { results: Object.fromEntries(results) }
  if (omitted.length > 0) carried.omitted = omitted
  return carried
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
  const before = new Set(branch.request.envelope === true ? readsOf(branches, branch) : NONE)
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
  const envelope = { payload, ...resultsRead(branches, branch, without) }
  if (isUndo) return { ...envelope, outcome: branch.told?.outcome, result: branch.told?.result }
  if (branch.phaseOneOutcome === undefined) return envelope
  return { ...envelope, outcome: branch.phaseOneOutcome, result: branch.result }
}
