/** One row for each error: what it means, and what whoever meets it does about it. */
export interface ErrorRow {
  /** HTTP status. */
  http: number
  /** gRPC status code. */
  grpc: string
  /** A fixed title; the message of an error says what is wrong in this case. */
  title: string
  meaning: string
  remedy: string
}

const row = (http: number, grpc: string, title: string, meaning: string, remedy: string): ErrorRow => ({
  http,
  grpc,
  title,
  meaning,
  remedy,
})

export const ERRORS = {
  INVALID_REQUEST: row(
    400,
    'INVALID_ARGUMENT',
    'Invalid request',
    'A field is missing, unknown or has a value that it may not have; nothing was changed.',
    'Correct the fields that details names, and send it again.',
  ),
  TRANSACTION_NOT_FOUND: row(
    404,
    'NOT_FOUND',
    'Transaction not found',
    'No transaction has this gid, or it was swept after its retention.',
    'Check the gid; a start that was answered 503 or not at all may be repeated with the same gid.',
  ),
  BRANCH_NOT_FOUND: row(
    404,
    'NOT_FOUND',
    'Branch not found',
    'The transaction has no branch with this branch_id.',
    'Check the branch_id, or add the branch before.',
  ),
  ROUTE_NOT_FOUND: row(
    404,
    'UNIMPLEMENTED',
    'Route not found',
    'Nothing answers at this path.',
    'See /docs for the paths.',
  ),
  METHOD_NOT_ALLOWED: row(
    405,
    'UNIMPLEMENTED',
    'Method not allowed',
    'The path exists, but not with this method.',
    'Use one of the methods that the allow header names.',
  ),
  INVALID_STATUS_TRANSITION: row(
    409,
    'FAILED_PRECONDITION',
    'Invalid status transition',
    'The transaction is in a status from which this does not lead on; a decision is never turned round.',
    'Read the transaction; details names its status (from) and what was asked (to).',
  ),
  CONFLICT: row(
    409,
    'ABORTED',
    'Conflict',
    'The gid or branch_id is in use with other content.',
    'Use another id, or repeat exactly what was sent first.',
  ),
  BRANCH_REFUSED: row(
    409,
    'ABORTED',
    'Branch refused',
    'The participant refused the call of a tried branch; details holds its answer.',
    'Abort the transaction, or try another branch.',
  ),
  BRANCH_UNDECIDED: row(
    409,
    'FAILED_PRECONDITION',
    'Branch undecided',
    'A branch that the application drives is open or refused, so the transaction can not be submitted.',
    'Report how each branch in details.branches ended, or abort.',
  ),
  RESULT_INVALID: row(
    500,
    'INTERNAL',
    'Invalid result',
    'What a step answered does not fit the schema of its result; the transaction stands as it is. Clients say so, never a server.',
    'Read the result as it is, details names the step; then correct the schema or the service.',
  ),
  NOT_ENDED: row(
    504,
    'DEADLINE_EXCEEDED',
    'Not ended',
    'The transaction has not ended in the time that the caller waited for it; it goes on. Clients say so, never a server.',
    'Wait again with the same gid, or ask for it later.',
  ),
  PAYLOAD_TOO_LARGE: row(
    413,
    'RESOURCE_EXHAUSTED',
    'Payload too large',
    'The body, or the transaction with all its branches, is larger than the limit; nothing was changed.',
    'Send less; large data belongs in a store of its own, with its key in the payload.',
  ),
  UNSUPPORTED_MEDIA_TYPE: row(
    415,
    'INVALID_ARGUMENT',
    'Unsupported media type',
    'The body has no content-type: application/json header.',
    'Send content-type: application/json.',
  ),
  RATE_LIMIT_EXCEEDED: row(
    429,
    'RESOURCE_EXHAUSTED',
    'Rate limit exceeded',
    'More requests came than this server takes.',
    'Wait for the seconds that Retry-After names, then repeat with the same gid.',
  ),
  INTERNAL: row(
    500,
    'INTERNAL',
    'Internal error',
    'A fault of Assent itself; never the answer to bad input.',
    'Repeat with the same gid, and report it with the log line of this request.',
  ),
  STORE_UNAVAILABLE: row(
    503,
    'UNAVAILABLE',
    'Store unavailable',
    'The store did not say that it kept this, or no answer came at all: it may have or may not.',
    'Repeat with the same gid after the seconds that Retry-After names.',
  ),
  STORE_IN_USE: row(
    503,
    'UNAVAILABLE',
    'Store in use',
    'Another process owns the data directory.',
    'Stop that process, or give this one a data directory of its own.',
  ),
  STORE_INVALID: row(
    503,
    'UNAVAILABLE',
    'Store invalid',
    'The store is damaged, foreign, of a newer version, or can not be used as it is configured.',
    'Do what the message says: restore it from a backup, run the version that wrote it, correct its settings, or name another store.',
  ),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERRORS

/** One thing that is wrong, and where: `path` as a JSON path such as `branches[2].after[0]`. */
export interface Problem {
  path: string
  problem: string
}

/** All of them in one line, such as `gid is missing; op must be a text`. */
export function problemsInWords(problems: readonly Problem[]): string {
  return problems.map(({ path, problem }) => `${path} ${problem}`).join('; ')
}

/** Every error that Assent throws on purpose. Recognise it by `code`. */
export class AssentError extends Error {
  override readonly name = 'AssentError'
  readonly code: ErrorCode
  /** A list of problems, or the code's own fields. */
  readonly details: readonly Problem[] | Readonly<Record<string, unknown>> | undefined

  constructor(
    code: ErrorCode,
    message: string,
    details?: readonly Problem[] | Readonly<Record<string, unknown>>,
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.code = code
    this.details = details
  }
}

/** Whether something thrown is an AssentError, from whichever copy of this package. */
export function isAssentError(thrown: unknown): thrown is AssentError {
  return thrown instanceof Error && thrown.name === 'AssentError' && 'code' in thrown
}

/** Problems that one answer names; a thousand branches can have tens of thousands. */
const PROBLEMS_NAMED = 100

/** An INVALID_REQUEST that names what is wrong, the first hundred of it, and says how much more there is. */
export function invalidRequest(problems: readonly Problem[]): AssentError {
  const first = problems[0]
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  const message = first ? `${first.path || 'request'} ${first.problem}${more}` : 'the request is invalid'
  return new AssentError('INVALID_REQUEST', message, problems.slice(0, PROBLEMS_NAMED))
}
