import { hash32 } from './hash.ts'
import type { Branch, Transaction } from './transaction.ts'

/** At most this share of the interval is taken off, so that calls that failed together don't return together. */
const JITTER_SHARE = 0.25

/** Doubling stops here, whatever the cap: 2^30 first intervals. */
const DOUBLINGS_MAX = 30

/** First interval and cap in milliseconds: the branch's own, or the transaction's. */
function intervalsOf(transaction: Transaction, branch: Branch | undefined): { first: number; cap: number } {
  const retry = branch?.request.retry
  return {
    first: retry?.intervalMs ?? transaction.options.retryIntervalMs,
    cap: retry?.maxIntervalMs ?? transaction.options.retryMaxIntervalMs,
  }
}

/** The greater of the two; what is no number counts as nothing. */
function atLeast(least: number, asked: number): number {
  return asked > least ? asked : least
}

/**
 * How long until an ongoing call is asked again, in milliseconds: the first interval, or longer where the
 * participant asked for it, up to the cap.
 */
export function ongoingDelayMs(
  transaction: Transaction,
  branch: Branch | undefined,
  retryAfterMs = 0,
): number {
  const { first, cap } = intervalsOf(transaction, branch)
  return Math.round(atLeast(first, Math.min(cap, retryAfterMs)))
}

/**
 * How long to wait after the `failures`-th unknown call, in milliseconds: doubling from the first interval up
 * to the cap, with jitter that is a hash, because the engine holds no randomness. What the participant asked
 * for counts when it is longer, up to the same cap.
 */
export function backoffDelayMs(
  transaction: Transaction,
  branch: Branch | undefined,
  failures: number,
  retryAfterMs = 0,
): number {
  const { first, cap } = intervalsOf(transaction, branch)
  const exponential = Math.min(cap, first * 2 ** Math.min(failures - 1, DOUBLINGS_MAX))
  const chance = hash32(`${transaction.gid}/${branch?.request.branchId ?? ''}/${failures}`) / 2 ** 32
  const jittered = exponential * (1 - JITTER_SHARE * chance)
  return Math.round(Math.min(cap, atLeast(jittered, retryAfterMs)))
}
