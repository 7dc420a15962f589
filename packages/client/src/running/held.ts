import {
  AssentError,
  type BranchRequest,
  type BranchStatus,
  isAssentError,
  type Json,
  type RunRequest,
  type TransactionApi,
} from '@assent/contract'
import type { Definition } from '../definitions/definition.ts'
import { stepsBefore } from '../definitions/order.ts'
import type { ResultsOf, StepNameOf } from '../definitions/typed.ts'
import { fittingResult, resultSchemasOf } from '../serving/given.ts'
import { type Ended, endedOf, withGid } from './ended.ts'
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
  const { gid, status } = await api.start(start)
  if (status !== 'PREPARED') {
    const message = `the transaction ${gid} is ${status}, so that no step can be tried any more`
    throw new AssentError('INVALID_STATUS_TRANSITION', message, { from: status, to: 'PREPARED' })
  }
  const { options } = start
  const untried = new Map(branches.map((branch) => [branch.branchId, branch]))
  /** Why steps that were tried keep it from being submitted: they were refused, or not answered. */
  const obstacles = new Map<string, string>()
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
      // Until it is answered nobody here knows whether it is registered.
      obstacles.set(step, 'was tried and not answered: try it again, or abort')
      const { outcome, status, result } = await api
        .tryBranch({ gid, branch: reading(definition, branch, options) })
        .catch((error: unknown) => {
          if (isAssentError(error) && error.code === 'BRANCH_REFUSED') {
            obstacles.set(step, 'was refused: abort')
          }
          throw error
        })
      obstacles.delete(step)
      if (outcome === 'done') {
        return (await withGid({ gid }, fitted(definition, step, result))) as ResultsOf<Kind>[typeof step]
      }
      throw undecided(step, status, `is ${outcome}: it may be tried again, or submitted as it is`)
    },
    async submit({ waitMs = RESULT_WAIT_MS } = {}) {
      for (const [step, obstacle] of obstacles) throw undecided(step, 'ONGOING', obstacle)
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

function undecided(step: string, status: BranchStatus, said: string): AssentError {
  return new AssentError('BRANCH_UNDECIDED', `step ${step} ${said}`, {
    branches: [{ branch_id: step, status }],
  })
}

/** Whether it leaves open what became of what was asked. */
function isUncertain(error: unknown): boolean {
  return !isAssentError(error) || error.code === 'STORE_UNAVAILABLE' || error.code === 'INTERNAL'
}

/**
 * A branch as it is tried. Until a transaction is submitted nothing is settled of what comes before it, so it names
 * what it reads; and it says how long its call may take, so that the client does not give up before.
 */
function reading(
  definition: Definition,
  branch: BranchRequest,
  options: RunRequest['options'],
): BranchRequest {
  const { timeoutMs = options?.requestTimeoutMs } = branch
  const tried = timeoutMs === undefined ? branch : { ...branch, timeoutMs }
  if (tried.envelope !== true || tried.reads !== undefined) return tried
  return { ...tried, reads: stepsBefore(definition, tried.branchId) }
}

async function fitted(definition: Definition, step: string, result: Json | undefined): Promise<unknown> {
  const schema = resultSchemasOf(definition).get(step)
  return schema === undefined ? result : fittingResult(step, result, schema)
}
