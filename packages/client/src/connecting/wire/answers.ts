import {
  type Accepted,
  type Attempt,
  type Attention,
  BRANCH_STATUSES,
  type BranchAccepted,
  type BranchStanding,
  type BranchView,
  type EndedAnswer,
  MODES,
  OPERATIONS,
  type Options,
  OUTCOMES,
  type Refusal,
  type Retry,
  STATUSES,
  type Standing,
  type TransactionView,
  type TryAnswer,
} from '@assent/contract'
import {
  dictionary,
  either,
  flag,
  json,
  list,
  number,
  optional,
  type Reader,
  record,
  text,
  word,
} from './readers.ts'

/** What each answer of the server must be, and under which names it is handed on. */

const status = word(STATUSES)
const branchStatus = word(BRANCH_STATUSES)
const operation = word(OPERATIONS)

const refusal = record<Refusal>({
  code: optional(text),
  message: optional(text),
  details: optional(json),
})

export const accepted: Reader<Accepted> = record({ gid: text, status, repeated: flag })

export const branchAccepted: Reader<BranchAccepted> = record({
  gid: text,
  branch_id: text,
  status: branchStatus,
  repeated: flag,
})

export const standing: Reader<Standing> = record({
  gid: text,
  status,
  repeated: flag,
  failed_branch: optional(text),
  reason: optional(text),
  refusal: optional(refusal),
  results: optional(dictionary(json)),
  swept: optional(flag),
})

export const tried: Reader<TryAnswer> = record({
  outcome: word(['done', 'ongoing', 'unknown']),
  status: branchStatus,
  result: optional(json),
})

/** All of it but `open`, which is told by the status of the answer. */
export const branchStanding: Reader<Omit<BranchStanding, 'open'>> = record({
  gid: text,
  branch_id: text,
  status,
  branch_status: branchStatus,
  op: optional(operation),
  result: optional(json),
})

export const ended: Reader<EndedAnswer> = record({
  ended: list(record<EndedAnswer['ended'][number]>({ gid: text, status, ended_at: number })),
  unknown: list(text),
})

const retry = record<Retry>({
  interval_ms: optional(number),
  max_interval_ms: optional(number),
  max_attempts: optional(number),
})

const options = record<Options>({
  timeout_to_fail_ms: number,
  abandon_after_ms: number,
  request_timeout_ms: number,
  retry_interval_ms: number,
  retry_max_interval_ms: number,
  attention_after_ms: number,
  parallelism: number,
  order: word(['parallel', 'sequential']),
  headers: dictionary(text),
})

const attempt = record<Attempt>({
  op: operation,
  at: number,
  duration_ms: number,
  outcome: word(OUTCOMES),
  status: optional(either(number, text)),
  error: optional(text),
  by: optional(text),
  ignored: optional(flag),
})

const attention = record<Attention>({
  branch_id: optional(text),
  op: optional(operation),
  reason: text,
  since: number,
})

const branch = record<BranchView>({
  branch_id: text,
  action: optional(text),
  compensate: optional(text),
  confirm: optional(text),
  cancel: optional(text),
  commit: optional(text),
  rollback: optional(text),
  driven_by: word(['coordinator', 'application']),
  after: optional(list(text)),
  reads: optional(list(text)),
  pivot: optional(flag),
  payload: optional(json),
  undo_payload: optional(json),
  envelope: optional(flag),
  headers: optional(dictionary(text)),
  method: optional(text),
  timeout_ms: optional(number),
  retry: optional(retry),
  status: branchStatus,
  op: optional(operation),
  result: optional(json),
  result_omitted: optional(flag),
  refusal: optional(refusal),
  reason: optional(text),
  attempts: list(attempt),
  attempt_count: number,
})

export const transaction: Reader<TransactionView> = record({
  gid: text,
  mode: word(MODES),
  name: optional(text),
  version: optional(number),
  labels: dictionary(text),
  status,
  payload: optional(json),
  query: optional(text),
  options,
  created_at: number,
  updated_at: number,
  reason: optional(text),
  failed_branch: optional(text),
  refusal: optional(refusal),
  attention: optional(attention),
  branches: list(branch),
})

export const transactions = list(transaction)

/** An error of the table, as the server tells it. Its code may be one that a newer server has. */
export interface ErrorTold {
  error: string
  code: string
  message: string
  details?: unknown
  help: string
}

export const error: Reader<ErrorTold> = record({
  error: text,
  code: text,
  message: text,
  details: optional<unknown>(json),
  help: text,
})
