import type { Definition, Ended, StepNameOf } from '@assent/client'
import { isEnded, type Json } from '@assent/contract'
import type { Transaction } from '@assent/engine'
import type { RehearsedCall } from './probe.ts'

/** What a check is told when a story is over: how the transaction ended, and what happened. */
export type Rehearsed<Kind extends Definition = Definition> = Ended<Kind> & {
  /** The runs of the steps' functions, in the order in which they ended. */
  readonly calls: readonly RehearsedCall<StepNameOf<Kind>>[]
  /** What went wrong: `lost-answer(reserve)+crash(after-decision)`. */
  readonly story: string
}

/** Undefined where the transaction has not ended. */
export function rehearsedOf(
  transaction: Transaction,
  told: { calls: readonly RehearsedCall[]; story: string },
): Rehearsed | undefined {
  const { gid, status, branches, failedBranch, reason = status, refusal } = transaction
  if (!isEnded(status)) return undefined
  if (status === 'COMMITTED') {
    const results: Record<string, Json> = {}
    for (const { request, result } of branches) if (result !== undefined) results[request.branchId] = result
    return { ...told, gid, status, results } as Rehearsed
  }
  const aborted = { gid, status: 'ABORTED', reason, refusal: { ...refusal, code: refusal?.code ?? reason } }
  return { ...told, ...aborted, ...(failedBranch !== undefined && { failedBranch }) } as Rehearsed
}
