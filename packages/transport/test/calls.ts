import type { Call } from '@assent/engine'

/** A signal that never fires. */
export const NEVER = new AbortController().signal

/** A phase-one call, but for what is given. */
export function callTo(url: string, given: Partial<Call> = {}): Call {
  return {
    gid: 'transfer-1',
    branchId: 'debit',
    op: 'action',
    mode: 'saga',
    phase: 'one',
    attempt: 1,
    url,
    body: { amount: 30 },
    headers: { 'assent-gid': 'transfer-1', 'assent-branch-id': 'debit', 'assent-op': 'action' },
    method: 'POST',
    timeoutMs: 5_000,
    forced: false,
    ...given,
  }
}
