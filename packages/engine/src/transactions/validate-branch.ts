import {
  BRANCHES_MAX,
  type BranchRequest,
  HEADERS_MAX,
  ID_PATTERN,
  type Mode,
  OPTION_BOUNDS,
  type Problem,
  URL_MAX_LENGTH,
} from '@assent/contract'
import { MODE_ROWS } from './modes.ts'
import { findReferences, isPointer, isTooDeep } from './references.ts'
import type { AcceptanceRules } from './rules.ts'

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
/** Visible Latin-1, space and tab: what every transport can carry. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,4096}$/
/** Headers that say how the body travels; a branch that set them would break its own call. */
const HEADERS_RESERVED = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const
const URL_FIELDS = ['action', 'compensate', 'confirm', 'cancel', 'commit', 'rollback'] as const

/** What is wrong with a URL that a branch names; undefined when nothing is. */
export function urlProblem(url: string, rules: AcceptanceRules): string | undefined {
  if (url.length > URL_MAX_LENGTH) return `is longer than ${URL_MAX_LENGTH} characters`
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase()
  if (scheme === undefined) return 'must be a URL with a scheme, such as http://host/path'
  if (!rules.schemes.has(scheme)) {
    return `has the scheme ${scheme} and only ${[...rules.schemes].join(' ')} can be called here`
  }
  if (/[^\x21-\x7e]/.test(url)) return 'must be written in visible ASCII, with anything else percent-encoded'
  if (/^https?:/i.test(url) && !/^https?:\/\/[^\s/?#@]+([/?#]|$)/i.test(url)) {
    return 'must name a host, without a user or password'
  }
  if (!rules.allows(url)) return 'names an origin that this coordinator may not call'
  return undefined
}

export function headerProblems(
  path: string,
  headers: Readonly<Record<string, string>> | undefined,
): Problem[] {
  if (headers === undefined) return []
  const entries = Object.entries(headers)
  if (entries.length > HEADERS_MAX) return [{ path, problem: `may hold at most ${HEADERS_MAX} headers` }]
  const problems: Problem[] = []
  for (const [name, value] of entries) {
    const lower = name.toLowerCase()
    if (!HEADER_NAME.test(name)) problems.push({ path, problem: 'holds a name that is no header name' })
    else if (HEADERS_RESERVED.has(lower) || lower.startsWith('assent-')) {
      problems.push({ path: `${path}.${name}`, problem: 'is set by the coordinator itself' })
    } else if (typeof value !== 'string' || !HEADER_VALUE.test(value)) {
      problems.push({ path: `${path}.${name}`, problem: 'holds characters that a header can not carry' })
    }
  }
  return problems
}

/** What is wrong with one branch, looked at alone. */
export function branchProblems(
  branch: BranchRequest,
  mode: Mode,
  path: string,
  rules: AcceptanceRules,
): Problem[] {
  const problems: Problem[] = []
  const report = (field: string, problem: string): void => {
    problems.push({ path: path === '' ? field : `${path}.${field}`, problem })
  }
  const row = MODE_ROWS[mode]
  if (!ID_PATTERN.test(branch.branchId)) report('branch_id', 'must be 1 to 64 of A-Z a-z 0-9 - _')
  for (const field of URL_FIELDS) {
    const url = branch[field]
    if (url === undefined || url === '') continue
    if (!row.urls.includes(field)) report(field, `has no meaning in mode ${mode}`)
    else {
      const problem = urlProblem(url, rules)
      if (problem !== undefined) report(field, problem)
    }
  }
  if (branch.drivenBy === 'application' && row.phaseOne === undefined) {
    report('driven_by', `can not be application in mode ${mode}, which has no phase one`)
  }
  if (branch.pivot === true && !row.pivot) report('pivot', `has no meaning in mode ${mode}`)
  if (branch.pivot === true && branch.drivenBy === 'application') {
    report('pivot', 'must be driven by the coordinator')
  }
  if ((branch.after?.length ?? 0) > BRANCHES_MAX) report('after', 'names more branches than there can be')
  if (branch.after?.includes(branch.branchId)) report('after', 'names the branch itself')
  if (branch.method !== undefined && !METHODS.some((method) => method === branch.method)) {
    report('method', `must be one of ${METHODS.join(', ')}`)
  }
  const [least, most] = OPTION_BOUNDS.requestTimeoutMs
  for (const [field, value, from] of [
    ['timeout_ms', branch.timeoutMs, least],
    ['retry.interval_ms', branch.retry?.intervalMs, 1],
    ['retry.max_interval_ms', branch.retry?.maxIntervalMs, 1],
    ['retry.max_attempts', branch.retry?.maxAttempts, 1],
  ] as const) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < from || value > most)) {
      report(field, `must be a whole number from ${from} to ${most}`)
    }
  }
  for (const [field, value] of [
    ['payload', branch.payload],
    ['undo_payload', branch.undoPayload],
  ] as const) {
    if (isTooDeep(value)) {
      report(field, 'nests too deeply')
      continue
    }
    for (const reference of findReferences(value)) {
      if (!isPointer(reference.pointer)) report(field, `holds a pointer that is no JSON Pointer (RFC 6901)`)
      if (field === 'payload' && reference.branchId === branch.branchId) {
        report(field, 'refers to the result of its own call')
      }
    }
  }
  problems.push(...headerProblems(path === '' ? 'headers' : `${path}.headers`, branch.headers))
  return problems
}
