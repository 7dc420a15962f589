import { invalidRequest, JSON_DEPTH_MAX, type Json } from '@assent/contract'
import { jsonPath } from '../json-path.ts'

type Parts = (string | number)[]

/**
 * Refuses JSON that would not come out as it went in: a whole number that a double rounds (money and ids are
 * such numbers), one that is too large for a double, and nesting too deep to be walked. Throws
 * INVALID_REQUEST that names the place.
 */
export function assertKeepable(value: Json, at: readonly (string | number)[]): void {
  const problem = problemIn(value, 0)
  if (problem === undefined) return
  throw invalidRequest([{ path: jsonPath([...at, ...problem.parts.reverse()]), problem: problem.what }])
}

/** The first problem, and where it is, innermost part first. */
function problemIn(value: Json | undefined, depth: number): { parts: Parts; what: string } | undefined {
  if (typeof value === 'number') return isExact(value) ? undefined : { parts: [], what: INEXACT }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth >= JSON_DEPTH_MAX) return { parts: [], what: TOO_DEEP }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = problemIn(value[index], depth + 1)
      if (found !== undefined) return within(found, index)
    }
    return undefined
  }
  for (const key in value) {
    const found = problemIn(value[key], depth + 1)
    if (found !== undefined) return within(found, key)
  }
  return undefined
}

/** A path of a hundred steps tells nobody more than that it is deep. */
function within(found: { parts: Parts; what: string }, part: string | number) {
  if (found.what !== TOO_DEEP) found.parts.push(part)
  return found
}

const INEXACT = 'is a number that can not be kept exactly; send it as a string'
const TOO_DEEP = `nests deeper than ${JSON_DEPTH_MAX} levels`

function isExact(value: number): boolean {
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
}
