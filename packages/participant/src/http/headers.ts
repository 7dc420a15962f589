import { ID_PATTERN, MODES, OPERATIONS, type Problem, type ToldOutcome } from '@assent/contract'
import { type Call, OPERATIONS_OF } from '../barrier/call.ts'

/** Reads one header by its lower-case name. */
export type ReadHeader = (name: string) => string | undefined

const TOLD_OUTCOMES = ['done', 'unknown', 'refused', 'none'] as const satisfies readonly ToldOutcome[]
const BARRIER_OPERATIONS = OPERATIONS.filter((op) => op !== 'query')

/** Reads a call from its `assent-` headers, or says everything that is wrong with them. */
export function readCall(header: ReadHeader): Call | { problems: readonly Problem[] } {
  const problems: Problem[] = []
  const gid = readId(header, 'assent-gid', problems)
  const branchId = readId(header, 'assent-branch-id', problems)
  const op = readWord(header, 'assent-op', BARRIER_OPERATIONS, problems)
  if (op === undefined && header('assent-op') === undefined) problems.push(missing('assent-op'))
  const mode = readWord(header, 'assent-mode', MODES, problems)
  if (op && mode && !OPERATIONS_OF[mode].includes(op)) {
    problems.push({
      path: 'assent-op',
      problem: `must be one of ${OPERATIONS_OF[mode].join(', ')} in ${mode} mode`,
    })
  }
  const phase = readWord(header, 'assent-phase', ['one', 'two'], problems)
  const actionOutcome = readWord(header, 'assent-action-outcome', TOLD_OUTCOMES, problems)
  if (gid === undefined || branchId === undefined || op === undefined || problems.length > 0)
    return { problems }
  return {
    gid,
    branchId,
    op,
    ...present('mode', mode),
    ...present('phase', phase),
    ...present('attempt', readAttempt(header)),
    ...present('actionOutcome', actionOutcome),
    ...present('idempotencyKey', header('idempotency-key')),
    ...present('traceparent', header('traceparent')),
  }
}

/** Reads which message a query asks about, or says what is wrong with it. */
export function readQuery(header: ReadHeader): { gid: string } | { problems: readonly Problem[] } {
  const problems: Problem[] = []
  const gid = readId(header, 'assent-gid', problems)
  return gid === undefined || problems.length > 0 ? { problems } : { gid }
}

function readId(header: ReadHeader, name: string, problems: Problem[]): string | undefined {
  const value = header(name)
  if (value === undefined) problems.push(missing(name))
  else if (!ID_PATTERN.test(value))
    problems.push({ path: name, problem: 'must be 1 to 64 of A-Z a-z 0-9 - _' })
  return value
}

function readWord<Word extends string>(
  header: ReadHeader,
  name: string,
  words: readonly Word[],
  problems: Problem[],
): Word | undefined {
  const value = header(name)
  if (value === undefined) return undefined
  const word = words.find((each) => each === value)
  if (word === undefined) problems.push({ path: name, problem: `must be one of ${words.join(', ')}` })
  return word
}

/** Only a hint, so one that can't be read is left out. */
function readAttempt(header: ReadHeader): number | undefined {
  const attempt = Number(header('assent-attempt'))
  return Number.isSafeInteger(attempt) && attempt > 0 ? attempt : undefined
}

function missing(name: string): Problem {
  return { path: name, problem: 'is missing' }
}

function present<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: Value })
}
