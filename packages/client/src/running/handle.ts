import type { DurableState, Status, TransactionApi } from '@assent/contract'
import type { Definition } from '../definitions/definition.ts'
import { type Ended, endedOf } from './ended.ts'

/** How long `result()` waits when it is not told, milliseconds. */
export const RESULT_WAIT_MS = 90_000

/** A transaction that was started. */
export interface Handle<Kind extends Definition> {
  readonly gid: string
  /** Where it stands now. */
  status(): Promise<Status>
  /** Waits for its end, `waitMs` (90 s) at most; then it throws NOT_ENDED, and the transaction goes on. */
  result(options?: { waitMs?: number }): Promise<Ended<Kind>>
  /** Asks for it to be undone. Throws INVALID_STATUS_TRANSITION once it is decided to commit. */
  abort(reason?: string): Promise<Status>
  /** Durable states until the end, newest only. */
  events(options?: { after?: number; signal?: AbortSignal }): AsyncIterable<DurableState>
}

export function handleOf<Kind extends Definition>(
  api: TransactionApi,
  definition: Kind,
  gid: string,
): Handle<Kind> {
  return {
    gid,
    async status() {
      return (await api.get({ gid })).status
    },
    async result({ waitMs = RESULT_WAIT_MS } = {}) {
      const { status, failedBranch, reason, refusal, branches } = await api.get({ gid, waitMs })
      const kept = branches.flatMap(({ branchId, result }) =>
        result === undefined ? [] : [[branchId, result]],
      )
      const standing = { gid, status, repeated: true, failedBranch, reason, refusal }
      return endedOf(definition, { ...standing, results: Object.fromEntries(kept) })
    },
    async abort(reason) {
      return (await api.abort({ gid, ...(reason !== undefined && { reason }) })).status
    },
    events: (options = {}) => api.events({ gid, ...options }),
  }
}
