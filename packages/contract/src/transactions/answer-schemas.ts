import Type, { type Static } from 'typebox'
import { ERRORS, type ErrorCode } from '../errors.ts'
import {
  AnyJson,
  EpochMilliseconds,
  EpochSeconds,
  Headers,
  Id,
  Labels,
  oneOf,
  shared,
} from './field-schemas.ts'
import type { OptionsSchema, RetrySchema } from './schemas.ts'
import { BRANCH_STATUSES, MODES, OPERATIONS, OUTCOMES, STATUSES } from './words.ts'

/** What answers look like on the wire. They describe; nothing is cut to fit them. */

const Status = oneOf(STATUSES)
const BranchStatus = oneOf(BRANCH_STATUSES)
const Operation = oneOf(OPERATIONS)

export const ProblemSchema = Type.Object(
  { path: Type.String({ description: 'such as branches[2].after[0]' }), problem: Type.String() },
  { $id: 'Problem' },
)

export const ErrorSchema = Type.Object(
  {
    error: Type.String({ description: "the code's fixed title" }),
    code: oneOf(Object.keys(ERRORS) as ErrorCode[]),
    message: Type.String({ description: 'what is wrong with which field, and what to do' }),
    details: Type.Optional(
      Type.Union([Type.Array(shared<Static<typeof ProblemSchema>>('Problem')), Type.Object({})], {
        description: "a list of problems, or the code's own fields",
      }),
    ),
    help: Type.String({ description: 'where the code is explained' }),
  },
  { $id: 'Error' },
)
export type WireError = Static<typeof ErrorSchema>

export const RefusalSchema = Type.Object(
  {
    code: Type.Optional(Type.String()),
    message: Type.Optional(Type.String()),
    details: Type.Optional(AnyJson),
  },
  { $id: 'Refusal', description: 'why a participant refused, as it said it' },
)
export type WireRefusal = Static<typeof RefusalSchema>
const Refusal = shared<WireRefusal>('Refusal')

const Repeated = Type.Boolean({ description: 'whether the same was accepted before' })

export const AcceptedSchema = Type.Object({ gid: Id, status: Status, repeated: Repeated })
export type WireAccepted = Static<typeof AcceptedSchema>

export const BranchAcceptedSchema = Type.Object({
  gid: Id,
  branch_id: Id,
  status: BranchStatus,
  repeated: Repeated,
})
export type WireBranchAccepted = Static<typeof BranchAcceptedSchema>

export const StandingSchema = Type.Object(
  {
    gid: Id,
    status: Status,
    repeated: Repeated,
    failed_branch: Type.Optional(Id),
    reason: Type.Optional(Type.String()),
    refusal: Type.Optional(Refusal),
    results: Type.Optional(
      Type.Record(Type.String(), AnyJson, { description: 'results by branch, once committed' }),
    ),
    swept: Type.Optional(
      Type.Boolean({ description: 'only the status is left: all else was swept after its retention' }),
    ),
  },
  { $id: 'Standing' },
)
export type WireStanding = Static<typeof StandingSchema>

export const TrySchema = Type.Object({
  gid: Id,
  branch_id: Id,
  outcome: oneOf(['done', 'ongoing', 'unknown']),
  status: BranchStatus,
  result: Type.Optional(AnyJson),
})
export type WireTry = Static<typeof TrySchema>

export const BranchStandingSchema = Type.Object({
  gid: Id,
  branch_id: Id,
  status: oneOf(STATUSES, "the whole transaction's"),
  branch_status: BranchStatus,
  op: Type.Optional(Operation),
  result: Type.Optional(AnyJson),
})
export type WireBranchStanding = Static<typeof BranchStandingSchema>

export const AttemptSchema = Type.Object(
  {
    op: Operation,
    at: EpochMilliseconds,
    duration_ms: Type.Number(),
    outcome: oneOf(OUTCOMES),
    status: Type.Optional(
      Type.Union([Type.Integer(), Type.String()], { description: 'an HTTP status or a gRPC code' }),
    ),
    error: Type.Optional(Type.String()),
    by: Type.Optional(Type.String({ description: 'who said so, where no call did' })),
    ignored: Type.Optional(
      Type.Boolean({ description: 'it answered another operation than the open one, and changed nothing' }),
    ),
  },
  { $id: 'Attempt' },
)
export type WireAttempt = Static<typeof AttemptSchema>

export const BranchViewSchema = Type.Object(
  {
    branch_id: Id,
    action: Type.Optional(Type.String()),
    compensate: Type.Optional(Type.String()),
    confirm: Type.Optional(Type.String()),
    cancel: Type.Optional(Type.String()),
    commit: Type.Optional(Type.String()),
    rollback: Type.Optional(Type.String()),
    driven_by: oneOf(['coordinator', 'application']),
    after: Type.Optional(Type.Array(Id)),
    pivot: Type.Optional(Type.Boolean()),
    payload: Type.Optional(AnyJson),
    undo_payload: Type.Optional(AnyJson),
    envelope: Type.Optional(Type.Boolean()),
    reads: Type.Optional(Type.Array(Id)),
    headers: Type.Optional(Headers),
    method: Type.Optional(Type.String()),
    timeout_ms: Type.Optional(Type.Integer()),
    retry: Type.Optional(shared<Static<typeof RetrySchema>>('Retry')),
    status: BranchStatus,
    op: Type.Optional(oneOf(OPERATIONS, 'its open or last operation')),
    result: Type.Optional(AnyJson),
    result_omitted: Type.Optional(Type.Boolean()),
    refusal: Type.Optional(Refusal),
    reason: Type.Optional(Type.String()),
    attempts: Type.Array(shared<WireAttempt>('Attempt')),
    attempt_count: Type.Integer(),
  },
  { $id: 'BranchView' },
)
export type WireBranchView = Static<typeof BranchViewSchema>

export const AttentionSchema = Type.Object(
  {
    branch_id: Type.Optional(Id),
    op: Type.Optional(Operation),
    reason: Type.String(),
    since: EpochMilliseconds,
  },
  { $id: 'Attention', description: 'something must finish and has not' },
)
export type WireAttention = Static<typeof AttentionSchema>

export const TransactionSchema = Type.Object(
  {
    gid: Id,
    mode: oneOf(MODES),
    name: Type.Optional(Type.String()),
    version: Type.Optional(Type.Integer()),
    labels: Labels,
    status: Status,
    payload: Type.Optional(AnyJson),
    query: Type.Optional(Type.String()),
    options: shared<Static<typeof OptionsSchema>>('Options'),
    created_at: EpochMilliseconds,
    updated_at: EpochMilliseconds,
    created_unix: EpochSeconds,
    updated_unix: EpochSeconds,
    reason: Type.Optional(Type.String()),
    failed_branch: Type.Optional(Id),
    refusal: Type.Optional(Refusal),
    attention: Type.Optional(shared<WireAttention>('Attention')),
    branches: Type.Array(shared<WireBranchView>('BranchView')),
  },
  { $id: 'Transaction' },
)
export type WireTransaction = Static<typeof TransactionSchema>

export const EndedSchema = Type.Object({
  ended: Type.Array(Type.Object({ gid: Id, status: Status, ended_at: EpochMilliseconds })),
  unknown: Type.Array(Id),
})
export type WireEndedAnswer = Static<typeof EndedSchema>
