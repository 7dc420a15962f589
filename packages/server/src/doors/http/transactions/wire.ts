import type {
  BranchRequest,
  ListQuery,
  Mode,
  Options,
  Report,
  Resolution,
  Retry,
  RunRequest,
  StartRequest,
} from '@assent/contract'
import { WAIT_DEFAULT_MS } from '@assent/contract'
import type {
  WireAddBranch,
  WireBranch,
  WireListQuery,
  WireOptions,
  WireReport,
  WireResolve,
  WireRetry,
  WireRun,
  WireStart,
} from '@assent/contract/schemas'
import { assertKeepable } from './keepable.ts'

/**
 * Requests as they come over the wire, in the words of TransactionApi. A field that was not sent is not made
 * up: whether two requests have the same content is told from what was sent.
 */

/** `wait: true` is the default wait; without a wait the answer comes at once. */
export function waitMs(wait: boolean | number | undefined): number | undefined {
  if (wait === true) return WAIT_DEFAULT_MS
  return wait === false ? undefined : wait
}

export function startFromWire(wire: WireStart): StartRequest {
  const request: StartRequest = {}
  if (wire.gid !== undefined) request.gid = wire.gid
  if (wire.mode !== undefined) request.mode = modeFromWire(wire.mode)
  if (wire.name !== undefined) request.name = wire.name
  if (wire.version !== undefined) request.version = wire.version
  if (wire.labels !== undefined) request.labels = wire.labels
  if (wire.payload !== undefined) {
    assertKeepable(wire.payload, ['payload'])
    request.payload = wire.payload
  }
  if (wire.query !== undefined) request.query = wire.query
  if (wire.options !== undefined) request.options = optionsFromWire(wire.options)
  return request
}

export function runFromWire(wire: WireRun): RunRequest {
  const request = startFromWire(wire) as RunRequest
  const branches: BranchRequest[] = []
  for (const [index, branch] of wire.branches.entries()) {
    branches.push(branchFromWire(branch, branch.branch_id ?? placeName(index), ['branches', index]))
  }
  request.branches = branches
  return request
}

export function addedBranchFromWire(wire: WireAddBranch): BranchRequest {
  return branchFromWire(wire, wire.branch_id, [])
}

/** `01`, `02` … for a branch that is named by its place in the list. */
function placeName(index: number): string {
  return String(index + 1).padStart(2, '0')
}

function branchFromWire(wire: WireBranch, branchId: string, at: readonly (string | number)[]): BranchRequest {
  const branch: BranchRequest = { branchId }
  if (wire.action !== undefined) branch.action = wire.action
  if (wire.compensate !== undefined) branch.compensate = wire.compensate
  if (wire.confirm !== undefined) branch.confirm = wire.confirm
  if (wire.cancel !== undefined) branch.cancel = wire.cancel
  if (wire.commit !== undefined) branch.commit = wire.commit
  if (wire.rollback !== undefined) branch.rollback = wire.rollback
  if (wire.driven_by !== undefined) branch.drivenBy = wire.driven_by
  if (wire.after !== undefined) branch.after = wire.after
  if (wire.pivot !== undefined) branch.pivot = wire.pivot
  if (wire.payload !== undefined) {
    assertKeepable(wire.payload, [...at, 'payload'])
    branch.payload = wire.payload
  }
  if (wire.undo_payload !== undefined) {
    assertKeepable(wire.undo_payload, [...at, 'undo_payload'])
    branch.undoPayload = wire.undo_payload
  }
  if (wire.envelope !== undefined) branch.envelope = wire.envelope
  if (wire.reads !== undefined) branch.reads = wire.reads
  if (wire.headers !== undefined) branch.headers = wire.headers
  if (wire.method !== undefined) branch.method = wire.method
  if (wire.timeout_ms !== undefined) branch.timeoutMs = wire.timeout_ms
  if (wire.retry !== undefined) branch.retry = retryFromWire(wire.retry)
  return branch
}

function retryFromWire(wire: WireRetry): Retry {
  const retry: Retry = {}
  if (wire.interval_ms !== undefined) retry.intervalMs = wire.interval_ms
  if (wire.max_interval_ms !== undefined) retry.maxIntervalMs = wire.max_interval_ms
  if (wire.max_attempts !== undefined) retry.maxAttempts = wire.max_attempts
  return retry
}

function optionsFromWire(wire: WireOptions): Partial<Options> {
  const options: Partial<Options> = {}
  if (wire.timeout_to_fail_ms !== undefined) options.timeoutToFailMs = wire.timeout_to_fail_ms
  if (wire.abandon_after_ms !== undefined) options.abandonAfterMs = wire.abandon_after_ms
  if (wire.request_timeout_ms !== undefined) options.requestTimeoutMs = wire.request_timeout_ms
  if (wire.retry_interval_ms !== undefined) options.retryIntervalMs = wire.retry_interval_ms
  if (wire.retry_max_interval_ms !== undefined) options.retryMaxIntervalMs = wire.retry_max_interval_ms
  if (wire.attention_after_ms !== undefined) options.attentionAfterMs = wire.attention_after_ms
  if (wire.parallelism !== undefined) options.parallelism = wire.parallelism
  if (wire.order !== undefined) options.order = wire.order
  if (wire.headers !== undefined) options.headers = wire.headers
  return options
}

function modeFromWire(mode: Mode | 'msg'): Mode {
  return mode === 'msg' ? 'message' : mode
}

export function reportFromWire(wire: WireReport, outcome: Report['outcome']): Report {
  const report: Report = { gid: wire.gid, branchId: wire.branch_id, outcome }
  if (wire.op !== undefined) report.op = wire.op
  if (wire.result !== undefined) {
    assertKeepable(wire.result, ['result'])
    report.result = wire.result
  }
  if (wire.reason !== undefined) report.reason = wire.reason
  return report
}

export function resolutionFromWire(gid: string, wire: WireResolve): Resolution {
  const resolution: Resolution = { gid, op: wire.op, outcome: wire.outcome, reason: wire.reason }
  if (wire.branch_id !== undefined) resolution.branchId = wire.branch_id
  return resolution
}

export function listQueryFromWire(wire: WireListQuery): ListQuery {
  const query: ListQuery = {}
  if (wire.limit !== undefined) query.limit = wire.limit
  if (wire.offset !== undefined) query.offset = wire.offset
  if (wire.cursor !== undefined) query.cursor = wire.cursor
  if (wire.status !== undefined) query.status = wire.status
  if (wire.mode !== undefined) query.mode = modeFromWire(wire.mode)
  if (wire.name !== undefined) query.name = wire.name
  if (wire.label !== undefined) {
    const colon = wire.label.indexOf(':')
    query.label = { key: wire.label.slice(0, colon), value: wire.label.slice(colon + 1) }
  }
  if (wire.attention !== undefined) query.attention = wire.attention
  if (wire.created_after !== undefined) query.createdAfter = wire.created_after
  if (wire.created_before !== undefined) query.createdBefore = wire.created_before
  if (wire.gid_prefix !== undefined) query.gidPrefix = wire.gid_prefix
  return query
}
