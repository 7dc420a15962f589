import { AssentError, isAssentError, isEnded, type Refusal, type Standing } from '@assent/contract'
import type { Definition } from '../definitions/definition.ts'
import type { ResultsOf, StepNameOf } from '../definitions/typed.ts'
import { fittingResult, resultSchemasOf } from '../serving/given.ts'

/** How a transaction ended. */
export type Ended<Kind extends Definition> = Committed<Kind> | Aborted<Kind>

export interface Committed<Kind extends Definition> {
  readonly gid: string
  readonly status: 'COMMITTED'
  /** By step. */
  readonly results: ResultsOf<Kind>
}

export interface Aborted<Kind extends Definition> {
  readonly gid: string
  readonly status: 'ABORTED'
  /** The step that was refused, or that was not done in time; absent where none was to blame. */
  readonly failedBranch?: StepNameOf<Kind>
  /** `BRANCH_REFUSED`, `DEADLINE`, `ATTEMPTS_EXHAUSTED`, `ABORTED_BY_CALLER` …, or what whoever aborted it said. */
  readonly reason: string
  /** What the step said that was refused; where none was, its code is the reason. */
  readonly refusal: Refusal & { readonly code: string }
}

/**
 * The end of a transaction, from where it stands. Throws NOT_ENDED where it goes on, and RESULT_INVALID where a result
 * does not fit the schema of its step; the transaction is committed all the same. Throws TRANSACTION_NOT_FOUND, with its status,
 * where it ended so long ago that only that is left.
 */
export async function endedOf<Kind extends Definition>(
  definition: Kind,
  standing: Standing,
): Promise<Ended<Kind>> {
  const { gid, status, failedBranch, reason = status, refusal } = standing
  if (!isEnded(status)) {
    throw new AssentError('NOT_ENDED', `the transaction ${gid} is ${status} and goes on`, { gid, status })
  }
  if (standing.swept === true) {
    const message = `the transaction ${gid} is ${status}, and so long ago that nothing else is known of it`
    throw new AssentError('TRANSACTION_NOT_FOUND', message, { gid, status })
  }
  if (status === 'COMMITTED') {
    return { gid, status, results: (await resultsOf(definition, standing)) as ResultsOf<Kind> }
  }
  const told = { ...refusal, code: refusal?.code ?? reason }
  const ended = { gid, status: 'ABORTED', reason, refusal: told } as const
  return failedBranch === undefined ? ended : { ...ended, failedBranch: failedBranch as StepNameOf<Kind> }
}

async function resultsOf(
  definition: Definition,
  { gid, status, results = {} }: Standing,
): Promise<Record<string, unknown>> {
  const fit: Record<string, unknown> = { ...results }
  for (const [name, schema] of resultSchemasOf(definition)) {
    fit[name] = await withGid({ gid, status }, fittingResult(name, results[name], schema))
  }
  return fit
}

/** The same, but what it throws says of which transaction it is, and where that stands. */
export function withGid<Result>(
  standing: { gid: string; status?: string },
  result: Promise<Result>,
): Promise<Result> {
  return result.catch((error: unknown) => {
    if (!isAssentError(error)) throw error
    const details = { ...Object(error.details), ...standing }
    throw new AssentError(error.code, `${standing.gid}: ${error.message}`, details, { cause: error })
  })
}
