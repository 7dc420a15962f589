import { hash32 } from './hash.ts'
import type { Branch, Transaction } from './transaction.ts'

/** At most this share of the interval is added, so that calls that failed together don't return together. */
const JITTER_SHARE = 0.25

/** Doubling stops here, whatever the cap: 2^30 first intervals. */
const DOUBLINGS_MAX = 30

/** The interval at which an ongoing call is asked again, in milliseconds. */
export function ongoingDelayMs(transaction: Transaction, branch: Branch | undefined): number {
  return branch?.request.retry?.intervalMs ?? transaction.options.retryIntervalMs
}

/**
 * How long to wait after the `failures`-th unknown call in a row, in milliseconds: doubling from the first
 * interval up to the cap, with jitter that is a hash, because the engine holds no randomness. What the participant asked for counts when
 * it is longer, up to the same cap.
 */
export function backoffDelayMs(
  transaction: Transaction,
  branch: Branch | undefined,
  failures: number,
  retryAfterMs = 0,
): number {
  const retry = branch?.request.retry
  const cap = retry?.maxIntervalMs ?? transaction.options.retryMaxIntervalMs
  const first = retry?.intervalMs ?? transaction.options.retryIntervalMs
  const exponential = Math.min(cap, first * 2 ** Math.min(failures - 1, DOUBLINGS_MAX))
  const chance = hash32(`${transaction.gid}/${branch?.request.branchId ?? ''}/${failures}`) / 2 ** 32
  const jittered = exponential * (1 - JITTER_SHARE * chance)
  return Math.round(Math.min(cap, Math.max(jittered, retryAfterMs)))
}
