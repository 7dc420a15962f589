import { AssentError, isEnded, type Json, type Refusal, type Standing } from '@assent/contract'
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
 * does not fit the schema of its step; the transaction is committed all the same.
 */
export async function endedOf<Kind extends Definition>(
  definition: Kind,
  standing: Standing,
): Promise<Ended<Kind>> {
  const { gid, status, failedBranch, reason = status, refusal } = standing
  if (!isEnded(status)) {
    throw new AssentError('NOT_ENDED', `the transaction ${gid} is ${status} and goes on`, { gid, status })
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
  { results = {} }: Standing,
): Promise<Record<string, unknown>> {
  const schemas = resultSchemasOf(definition)
  if (schemas.size === 0) return results
  const fit: Record<string, unknown> = { ...results }
  for (const [name, schema] of schemas) {
    const result: Json | undefined = results[name]
    fit[name] = await fittingResult(name, result, schema)
  }
  return fit
}
