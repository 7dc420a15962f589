import type {
  Accepted,
  Attempt,
  Attention,
  BranchAccepted,
  BranchStanding,
  BranchView,
  EndedAnswer,
  Options,
  Retry,
  Standing,
  TransactionView,
  TryAnswer,
} from '@assent/contract'
import type {
  WireAccepted,
  WireAttempt,
  WireAttention,
  WireBranchAccepted,
  WireBranchStanding,
  WireBranchView,
  WireEndedAnswer,
  WireOptions,
  WireRetry,
  WireStanding,
  WireTransaction,
  WireTry,
} from '@assent/contract/schemas'

/** Answers of TransactionApi as they go over the wire. A field that is undefined is left out there. */

export function acceptedToWire({ gid, status, repeated }: Accepted): WireAccepted {
  return { gid, status, repeated }
}

export function branchAcceptedToWire(accepted: BranchAccepted): WireBranchAccepted {
  const { gid, branchId, status, repeated } = accepted
  return { gid, branch_id: branchId, status, repeated }
}

export function standingToWire(standing: Standing): WireStanding {
  const { gid, status, repeated, failedBranch, reason, refusal, results, swept } = standing
  return { gid, status, repeated, failed_branch: failedBranch, reason, refusal, results, swept }
}

export function tryToWire(gid: string, branchId: string, answer: TryAnswer): WireTry {
  const { outcome, status, result } = answer
  return { gid, branch_id: branchId, outcome, status, result }
}

export function branchStandingToWire(standing: BranchStanding): WireBranchStanding {
  const { gid, branchId, status, branchStatus, op, result } = standing
  return { gid, branch_id: branchId, status, branch_status: branchStatus, op, result }
}

export function endedToWire({ ended, unknown }: EndedAnswer): WireEndedAnswer {
  return {
    ended: ended.map(({ gid, status, endedAt }) => ({ gid, status, ended_at: endedAt })),
    unknown: [...unknown],
  }
}

export function transactionToWire(view: TransactionView): WireTransaction {
  return {
    gid: view.gid,
    mode: view.mode,
    name: view.name,
    version: view.version,
    labels: view.labels,
    status: view.status,
    payload: view.payload,
    query: view.query,
    options: optionsToWire(view.options),
    created_at: view.createdAt,
    updated_at: view.updatedAt,
    created_unix: Math.floor(view.createdAt / 1000),
    updated_unix: Math.floor(view.updatedAt / 1000),
    reason: view.reason,
    failed_branch: view.failedBranch,
    refusal: view.refusal,
    attention: view.attention && attentionToWire(view.attention),
    branches: view.branches.map(branchToWire),
  }
}

function optionsToWire(options: Options): WireOptions {
  return {
    timeout_to_fail_ms: options.timeoutToFailMs,
    abandon_after_ms: options.abandonAfterMs,
    request_timeout_ms: options.requestTimeoutMs,
    retry_interval_ms: options.retryIntervalMs,
    retry_max_interval_ms: options.retryMaxIntervalMs,
    attention_after_ms: options.attentionAfterMs,
    parallelism: options.parallelism,
    order: options.order,
    headers: options.headers,
  }
}

function attentionToWire({ branchId, op, reason, since }: Attention): WireAttention {
  return { branch_id: branchId, op, reason, since }
}

function branchToWire(branch: BranchView): WireBranchView {
  return {
    branch_id: branch.branchId,
    action: branch.action,
    compensate: branch.compensate,
    confirm: branch.confirm,
    cancel: branch.cancel,
    commit: branch.commit,
    rollback: branch.rollback,
    driven_by: branch.drivenBy,
    after: branch.after && [...branch.after],
    pivot: branch.pivot,
    payload: branch.payload,
    undo_payload: branch.undoPayload,
    envelope: branch.envelope,
    reads: branch.reads && [...branch.reads],
    headers: branch.headers,
    method: branch.method,
    timeout_ms: branch.timeoutMs,
    retry: branch.retry && retryToWire(branch.retry),
    status: branch.status,
    op: branch.op,
    result: branch.result,
    result_omitted: branch.resultOmitted,
    refusal: branch.refusal,
    reason: branch.reason,
    attempts: branch.attempts.map(attemptToWire),
    attempt_count: branch.attemptCount,
  }
}

function retryToWire({ intervalMs, maxIntervalMs, maxAttempts }: Retry): WireRetry {
  return { interval_ms: intervalMs, max_interval_ms: maxIntervalMs, max_attempts: maxAttempts }
}

function attemptToWire({ op, at, durationMs, outcome, status, error, by, ignored }: Attempt): WireAttempt {
  return { op, at, duration_ms: durationMs, outcome, status, error, by, ignored }
}
