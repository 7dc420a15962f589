import {
  LABEL_KEY_MAX_LENGTH,
  LABEL_VALUE_MAX_LENGTH,
  LABELS_MAX,
  MODES,
  NAME_MAX_LENGTH,
  OPTION_BOUNDS,
  type Options,
  type Problem,
  type StartRequest,
} from '@assent/contract'
import { MODE_ROWS } from './modes.ts'
import type { AcceptanceRules } from './rules.ts'
import { headerProblems } from './validate-headers.ts'
import { ID_RULE, isId } from './validate-id.ts'
import { payloadProblems } from './validate-payload.ts'
import { urlProblem } from './validate-url.ts'

/** What is wrong with a transaction's own fields; its branches are looked at on their own. */
export function startProblems(request: StartRequest, rules: AcceptanceRules): Problem[] {
  const problems: Problem[] = []
  const report = (path: string, problem: string): void => {
    problems.push({ path, problem })
  }
  if (request.gid !== undefined && !isId(request.gid)) report('gid', ID_RULE)
  const mode = request.mode ?? 'saga'
  if (!MODES.includes(mode)) {
    report('mode', `must be one of ${MODES.join(', ')}`)
    return problems
  }
  if (request.name !== undefined && !isName(request.name)) {
    report('name', `must have 1 to ${NAME_MAX_LENGTH} characters`)
  }
  if (request.version !== undefined && !(Number.isSafeInteger(request.version) && request.version >= 0)) {
    report('version', 'must be a whole number from 0')
  }
  const row = MODE_ROWS[mode]
  if (row.query && request.query === undefined) report('query', `is required in mode ${mode}`)
  if (!row.query && request.query !== undefined) report('query', `has no meaning in mode ${mode}`)
  if (row.query && request.query !== undefined) {
    const problem = request.query === '' ? 'must not be empty' : urlProblem(request.query, rules)
    if (problem !== undefined) report('query', problem)
  }
  problems.push(
    ...payloadProblems('payload', request.payload),
    ...labelProblems(request.labels ?? {}),
    ...optionProblems(request.options ?? {}),
  )
  return problems
}

function isName(name: unknown): boolean {
  return typeof name === 'string' && name !== '' && name.length <= NAME_MAX_LENGTH
}

function labelProblems(labels: Readonly<Record<string, string>>): Problem[] {
  const entries = Object.entries(labels)
  if (entries.length > LABELS_MAX)
    return [{ path: 'labels', problem: `may hold at most ${LABELS_MAX} pairs` }]
  const problems: Problem[] = []
  for (const [key, value] of entries) {
    if (key === '' || key.length > LABEL_KEY_MAX_LENGTH || key.includes(':')) {
      problems.push({
        path: 'labels',
        problem: `has a key that is not 1 to ${LABEL_KEY_MAX_LENGTH} characters without a colon`,
      })
    }
    if (typeof value !== 'string' || value.length > LABEL_VALUE_MAX_LENGTH) {
      problems.push({
        path: `labels.${key}`,
        problem: `must be text of at most ${LABEL_VALUE_MAX_LENGTH} characters`,
      })
    }
  }
  return problems
}

function optionProblems(options: Partial<Options>): Problem[] {
  const problems: Problem[] = []
  for (const [key, [least, most]] of Object.entries(OPTION_BOUNDS)) {
    const value = options[key as keyof typeof OPTION_BOUNDS]
    if (value === undefined) continue
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      problems.push({ path: `options.${key}`, problem: `must be a whole number from ${least} to ${most}` })
    }
  }
  if (options.order !== undefined && options.order !== 'parallel' && options.order !== 'sequential') {
    problems.push({ path: 'options.order', problem: 'must be parallel or sequential' })
  }
  problems.push(...headerProblems('options.headers', options.headers))
  return problems
}
