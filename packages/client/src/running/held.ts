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
   * submitted as it is, and the coordinator goes on calling it.
   */
  try<Name extends StepNameOf<Kind>>(step: Name): Promise<ResultsOf<Kind>[Name]>
  /** Every step that was tried is made final; those that were not are tried first. Waits for the end. */
  submit(options?: { waitMs?: number }): Promise<Ended<Kind>>
  /** Everything that was tried is undone. */
  abort(reason?: string): Promise<void>
}

/** Opens a transaction without its branches; they come as they are tried. */
export async function begin<Kind extends Definition>(
  api: TransactionApi,
  definition: Kind,
  { branches, ...start }: RunRequest,
): Promise<Held<Kind>> {
  const { gid } = await api.start(start)
  const left = new Map(branches.map((branch) => [branch.branchId, branch]))
  let isOver = false
  const abort = async (reason?: string): Promise<void> => {
    isOver = true
    await api.abort({ gid, ...(reason !== undefined && { reason }) })
  }
  return {
    gid,
    async try(step) {
      const branch = branches.find(({ branchId }) => branchId === step)
      if (branch === undefined) throw new TypeError(`${definition.name} has no step ${step}`)
      const { outcome, result } = await api.tryBranch({ gid, branch: reading(definition, branch) })
      left.delete(step)
      if (outcome === 'done') return (await fitted(definition, step, result)) as ResultsOf<Kind>[typeof step]
      const message = `step ${step} is ${outcome}: it may be tried again, or submitted as it is`
      throw new AssentError('BRANCH_UNDECIDED', message, {
        branches: [{ branch_id: step, status: 'ONGOING' }],
      })
    },
    async submit({ waitMs = RESULT_WAIT_MS } = {}) {
      for (const branch of left.values()) await api.addBranch({ gid, branch })
      isOver = true
      return endedOf(definition, await api.submit({ gid, waitMs }))
    },
    abort,
    async [Symbol.asyncDispose]() {
      if (isOver) return
      try {
        await abort('LEFT_EARLY')
      } catch (error) {
        // It has ended otherwise meanwhile.
        if (!isAssentError(error) || error.code !== 'INVALID_STATUS_TRANSITION') throw error
      }
    },
  }
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
