import { HEADER_NAME_MAX_LENGTH, HEADER_VALUE_MAX_LENGTH, HEADERS_MAX, type Problem } from '@assent/contract'

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Visible Latin-1, space and tab: what every transport can carry. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** Headers that say how the body travels, or which call this is; a branch that set them would break its own call. */
const RESERVED = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What is wrong with the headers of calls. */
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
    if (name.length > HEADER_NAME_MAX_LENGTH || !NAME.test(name) || name === '__proto__') {
      problems.push({ path, problem: 'holds a name that is no header name' })
    } else if (RESERVED.has(lower) || lower.startsWith('assent-')) {
      problems.push({ path: `${path}.${name}`, problem: 'is set by the coordinator itself' })
    } else if (typeof value !== 'string' || value.length > HEADER_VALUE_MAX_LENGTH || !VALUE.test(value)) {
      problems.push({ path: `${path}.${name}`, problem: 'holds what a header can not carry' })
    }
  }
  return problems
}
