import { nearestName, type Problem } from '@assent/contract'
import type { ErrorObject } from 'ajv'
import { jsonPath, shownName } from './json-path.ts'
import { PROBLEMS_MAX } from './limits.ts'

/** More known names than this are no help to read. */
const KNOWN_LISTED_MAX = 32

/** What a validator found, told to people: which field, and what it must be. */
export function problemsOf(errors: readonly ErrorObject[]): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const error of errors) {
    if (problems.length === PROBLEMS_MAX) break
    if (isDetail(error, errors)) continue
    const problem = problemOf(error)
    const key = `${problem.path} ${problem.problem}`
    if (!seen.has(key)) problems.push(problem)
    seen.add(key)
  }
  return problems
}

/** Each alternative of an anyOf that did not fit is an error of its own; the anyOf says it better. */
function isDetail(error: ErrorObject, errors: readonly ErrorObject[]): boolean {
  if (error.keyword === 'propertyNames') return true
  if (!error.schemaPath.includes('/anyOf/')) return false
  return errors.some(
    (other) => other.keyword === 'anyOf' && error.schemaPath.startsWith(`${other.schemaPath}/`),
  )
}

function problemOf(error: ErrorObject): Problem {
  const place = partsOf(error.instancePath)
  const { keyword, params } = error
  if (error.propertyName !== undefined) {
    return {
      path: jsonPath(place),
      problem: `has the key ${shownName(error.propertyName)}, which ${sentence(error)}`,
    }
  }
  if (keyword === 'required')
    return { path: jsonPath([...place, params.missingProperty]), problem: 'is required' }
  if (keyword === 'additionalProperties') {
    return {
      path: jsonPath([...place, params.additionalProperty]),
      problem: unknownField(params.additionalProperty, error.parentSchema),
    }
  }
  return { path: jsonPath(place), problem: sentence(error) }
}

function unknownField(name: string, schema: ErrorObject['parentSchema']): string {
  const known = Object.keys(schema?.properties ?? {})
  const nearest = nearestName(name, known)
  if (nearest !== undefined) return `is not known; did you mean ${nearest}?`
  if (known.length === 0) return 'is not known: there are no fields here'
  return known.length > KNOWN_LISTED_MAX ? 'is not known' : `is not known; there are ${known.join(', ')}`
}

function sentence({ keyword, params, parentSchema, data, message }: ErrorObject): string {
  const meant = parentSchema?.description
  switch (keyword) {
    case 'type':
      return `must be ${meant ?? withArticle(String(params.type))} and is ${kindOf(data)}`
    case 'anyOf':
    case 'pattern':
      return `must be ${meant ?? message}`
    case 'enum':
      return `must be one of ${params.allowedValues.join(', ')}`
    case 'minLength':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`
    case 'maxLength':
      return `must have at most ${params.limit} characters`
    case 'minimum':
      return `must be at least ${params.limit}`
    case 'maximum':
      return `must be at most ${params.limit}`
    case 'maxItems':
      return `may hold at most ${params.limit}, and holds ${Array.isArray(data) ? data.length : 'more'}`
    case 'maxProperties':
      return `may hold at most ${params.limit} pairs`
    default:
      return message ?? 'is not allowed'
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'missing'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a number with a fraction'
  return withArticle(Array.isArray(value) ? 'array' : typeof value)
}

function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
}

/** `/branches/0/after` as its parts; digits are indexes, for no object here has such keys but those of users. */
function partsOf(pointer: string): (string | number)[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d{1,9}$/.test(part) ? Number(part) : part))
}
