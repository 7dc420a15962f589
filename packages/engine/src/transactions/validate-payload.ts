import type { Json, Problem } from '@assent/contract'
import { findReferences, isPointer, isTooDeep } from './references.ts'
import { isId } from './validate-id.ts'

/** What is wrong with a payload. `ownId` names the branch whose call carries it, and can't read its result. */
export function payloadProblems(path: string, payload: Json | undefined, ownId?: string): Problem[] {
  if (isTooDeep(payload)) return [{ path, problem: 'nests too deeply' }]
  const problems: Problem[] = []
  for (const { branchId, pointer } of findReferences(payload)) {
    if (!isId(branchId))
      problems.push({ path, problem: 'reads the result of a name that no branch can have' })
    else if (branchId === ownId) problems.push({ path, problem: 'reads the result of its own call' })
    if (!isPointer(pointer))
      problems.push({ path, problem: 'holds a pointer that is no JSON Pointer (RFC 6901)' })
  }
  return problems
}
