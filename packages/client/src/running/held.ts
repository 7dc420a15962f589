import {
  AssentError,
  type BranchRequest,
  isAssentError,
  type Json,
  type RunRequest,
  type TransactionApi,
} from '@assent/contract'
import type { Definition } from '../definitions/definition.ts'
import { stepsBefore } from '../definitions/order.ts'
import type { ResultsOf, StepNameOf } from '../definitions/typed.ts'
import { fittingResult, resultSchemasOf } from '../serving/given.ts'
import { type Ended, endedOf } from './ended.ts'
import { RESULT_WAIT_MS } from './handle.ts'

/**
 * A transaction whose steps the application tries one by one. At the end of an `await using` block it is aborted,
 * unless it was submitted.
 */
export interface Held<Kind extends Definition> extends AsyncDisposable {
  readonly gid: string
  /**
   * Registers a step durably and calls it once (tries it, prepares it); answers its result. Throws BRANCH_REFUSED with
   * what the participant said, and BRANCH_UNDECIDED where the outcome is not known yet: it may be tried again, or
   * submitted as it is, and the coordinator goes on calling it. After any other error it must be tried again.
   */
  try<Name extends StepNameOf<Kind>>(step: Name): Promise<ResultsOf<Kind>[Name]>
  /** Every step that was tried is made final; those that were not are tried first. Waits for the end. */
  submit(options?: { waitMs?: number }): Promise<Ended<Kind>>
  /** Everything that was tried is undone. Resolves at the decision, or at the end if that comes within `waitMs`. */
  abort(options?: { reason?: string; waitMs?: number }): Promise<void>
}

/** Opens a transaction without its branches; they come as they are tried. */
export async function begin<Kind extends Definition>(
  api: TransactionApi,
  definition: Kind,
  { branches, ...start }: RunRequest,
): Promise<Held<Kind>> {
  const { gid } = await api.start(start)
  const untried = new Map(branches.map((branch) => [branch.branchId, branch]))
  /** Tried without an answer: nobody here knows whether they are registered. */
  const unsure = new Set<string>()
  let isOver = false
  const abort = async (how: { reason?: string; waitMs?: number } = {}): Promise<void> => {
    await api.abort({ gid, ...how })
    isOver = true
  }
  return {
    gid,
    async try(step) {
      const branch = branches.find(({ branchId }) => branchId === step)
      if (branch === undefined) throw new TypeError(`${definition.name} has no step ${step}`)
      untried.delete(step)
      unsure.add(step)
      const { outcome, result } = await api.tryBranch({ gid, branch: reading(definition, branch) })
      unsure.delete(step)
      if (outcome === 'done') return (await fitted(definition, step, result)) as ResultsOf<Kind>[typeof step]
      throw undecided(step, `is ${outcome}: it may be tried again, or submitted as it is`)
    },
    async submit({ waitMs = RESULT_WAIT_MS } = {}) {
      for (const step of unsure) throw undecided(step, 'was tried and not answered: try it again, or abort')
      for (const branch of untried.values()) await api.addBranch({ gid, branch })
      try {
        const standing = await api.submit({ gid, waitMs })
        isOver = true
        return await endedOf(definition, standing)
      } catch (error) {
        // It may have been submitted, so that it is left as it is: its deadline ends it if it was not.
        if (isUncertain(error)) isOver = true
        throw error
      }
    },
    abort,
    async [Symbol.asyncDispose]() {
      if (isOver) return
      try {
        await abort({ reason: 'LEFT_EARLY' })
      } catch (error) {
        const hasEnded = isAssentError(error) && error.code === 'INVALID_STATUS_TRANSITION'
        // Its deadline aborts it in any case.
        if (!hasEnded && !isUncertain(error)) throw error
      }
    },
  }
}

function undecided(step: string, said: string): AssentError {
  return new AssentError('BRANCH_UNDECIDED', `step ${step} ${said}`, {
    branches: [{ branch_id: step, status: 'ONGOING' }],
  })
}

/** Whether it leaves open what became of what was asked. */
function isUncertain(error: unknown): boolean {
  return !isAssentError(error) || error.code === 'STORE_UNAVAILABLE' || error.code === 'INTERNAL'
}

/** Until a transaction is submitted nothing is settled of what comes before a branch, so it names what it reads. */
function reading(definition: Definition, branch: BranchRequest): BranchRequest {
  if (branch.envelope !== true || branch.reads !== undefined) return branch
  return { ...branch, reads: stepsBefore(definition, branch.branchId) }
}

async function fitted(definition: Definition, step: string, result: Json | undefined): Promise<unknown> {
  const schema = resultSchemasOf(definition).get(step)
  return schema === undefined ? result : fittingResult(step, result, schema)
}
