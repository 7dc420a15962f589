import Type, { type Static } from 'typebox'
import {
  AnyJson,
  closed,
  EpochMilliseconds,
  Headers,
  Id,
  Labels,
  Milliseconds,
  Name,
  oneOf,
  Reason,
  shared,
  Url,
  Wait,
} from './field-schemas.ts'
import {
  BRANCHES_MAX,
  CURSOR_MAX_LENGTH,
  ENDED_GIDS_MAX,
  LABEL_KEY_MAX_LENGTH,
  LABEL_VALUE_MAX_LENGTH,
  LIST_LIMIT_DEFAULT,
  LIST_LIMIT_MAX,
  LIST_OFFSET_MAX,
  MAX_ATTEMPTS_MAX,
  NAME_MAX_LENGTH,
} from './limits.ts'
import { OPTION_BOUNDS } from './options.ts'
import { MODES, OPERATIONS, STATUSES } from './words.ts'

/** What requests look like on the wire: JSON in snake case, refused where it holds a field that is not named. */

export const RetrySchema = Type.Object(
  {
    interval_ms: Type.Optional(Milliseconds(...OPTION_BOUNDS.retryIntervalMs)),
    max_interval_ms: Type.Optional(Milliseconds(...OPTION_BOUNDS.retryMaxIntervalMs)),
    max_attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_ATTEMPTS_MAX })),
  },
  { $id: 'Retry', ...closed, description: "how a branch's calls are repeated" },
)
export type WireRetry = Static<typeof RetrySchema>

const branchFields = {
  action: Type.Optional(Url),
  compensate: Type.Optional(Url),
  confirm: Type.Optional(Url),
  cancel: Type.Optional(Url),
  commit: Type.Optional(Url),
  rollback: Type.Optional(Url),
  driven_by: Type.Optional(oneOf(['coordinator', 'application'])),
  after: Type.Optional(Type.Array(Id, { maxItems: BRANCHES_MAX })),
  pivot: Type.Optional(Type.Boolean()),
  payload: Type.Optional(AnyJson),
  undo_payload: Type.Optional(AnyJson),
  envelope: Type.Optional(Type.Boolean()),
  reads: Type.Optional(Type.Array(Id, { maxItems: BRANCHES_MAX })),
  headers: Type.Optional(Headers),
  method: Type.Optional(oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])),
  timeout_ms: Type.Optional(Milliseconds(...OPTION_BOUNDS.requestTimeoutMs)),
  retry: Type.Optional(shared<WireRetry>('Retry')),
}

/** A branch inside `/api/tx`, where its place in the list can name it. */
export const BranchSchema = Type.Object(
  { branch_id: Type.Optional(Id), ...branchFields },
  { $id: 'Branch', ...closed },
)
export type WireBranch = Static<typeof BranchSchema>

export const OptionsSchema = Type.Object(
  {
    timeout_to_fail_ms: Type.Optional(Milliseconds(...OPTION_BOUNDS.timeoutToFailMs)),
    abandon_after_ms: Type.Optional(Milliseconds(...OPTION_BOUNDS.abandonAfterMs)),
    request_timeout_ms: Type.Optional(Milliseconds(...OPTION_BOUNDS.requestTimeoutMs)),
    retry_interval_ms: Type.Optional(Milliseconds(...OPTION_BOUNDS.retryIntervalMs)),
    retry_max_interval_ms: Type.Optional(Milliseconds(...OPTION_BOUNDS.retryMaxIntervalMs)),
    attention_after_ms: Type.Optional(Milliseconds(...OPTION_BOUNDS.attentionAfterMs)),
    parallelism: Type.Optional(
      Type.Integer({ minimum: OPTION_BOUNDS.parallelism[0], maximum: OPTION_BOUNDS.parallelism[1] }),
    ),
    order: Type.Optional(oneOf(['parallel', 'sequential'])),
    headers: Type.Optional(Headers),
  },
  { $id: 'Options', ...closed },
)
export type WireOptions = Static<typeof OptionsSchema>

const startFields = {
  gid: Type.Optional(Id),
  mode: Type.Optional(oneOf([...MODES, 'msg'])),
  name: Type.Optional(Name),
  version: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  labels: Type.Optional(Labels),
  payload: Type.Optional(AnyJson),
  query: Type.Optional(Url),
  options: Type.Optional(shared<WireOptions>('Options')),
}

export const StartBody = Type.Object(startFields, closed)
export type WireStart = Static<typeof StartBody>

export const RunBody = Type.Object(
  {
    ...startFields,
    branches: Type.Array(shared<WireBranch>('Branch'), { maxItems: BRANCHES_MAX }),
    wait: Type.Optional(Wait),
  },
  closed,
)
export type WireRun = Static<typeof RunBody>

/** A branch that is added or tried on its own. */
export const AddBranchBody = Type.Object({ gid: Id, branch_id: Id, ...branchFields }, closed)
export type WireAddBranch = Static<typeof AddBranchBody>

export const BranchKeyBody = Type.Object({ gid: Id, branch_id: Id }, closed)
export type WireBranchKey = Static<typeof BranchKeyBody>

export const ReportBody = Type.Object(
  {
    gid: Id,
    branch_id: Id,
    op: Type.Optional(oneOf(OPERATIONS)),
    result: Type.Optional(AnyJson),
    reason: Type.Optional(Reason),
  },
  closed,
)
export type WireReport = Static<typeof ReportBody>

export const SubmitBody = Type.Object({ gid: Id, wait: Type.Optional(Wait) }, closed)
export type WireSubmit = Static<typeof SubmitBody>

export const AbortBody = Type.Object(
  { gid: Id, reason: Type.Optional(Reason), wait: Type.Optional(Wait) },
  closed,
)
export type WireAbort = Static<typeof AbortBody>

export const RetryBody = Type.Object({ branch_id: Type.Optional(Id) }, closed)
export type WireRetryRequest = Static<typeof RetryBody>

export const ResolveBody = Type.Object(
  {
    branch_id: Type.Optional(Id),
    op: oneOf(OPERATIONS),
    outcome: oneOf(['done', 'refused']),
    reason: Reason,
  },
  closed,
)
export type WireResolve = Static<typeof ResolveBody>

export const EndedBody = Type.Object({ gids: Type.Array(Id, { maxItems: ENDED_GIDS_MAX }) }, closed)
export type WireEnded = Static<typeof EndedBody>

export const NoFields = Type.Object({}, closed)

export const GidParams = Type.Object({ gid: Id }, closed)

export const GetQuery = Type.Object({ wait: Type.Optional(Wait) }, closed)
export type WireGetQuery = Static<typeof GetQuery>

export const ListQuerySchema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: LIST_LIMIT_MAX, default: LIST_LIMIT_DEFAULT })),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: LIST_OFFSET_MAX })),
    cursor: Type.Optional(
      Type.String({ minLength: 1, maxLength: CURSOR_MAX_LENGTH, description: 'an X-Next-Cursor' }),
    ),
    status: Type.Optional(oneOf(STATUSES)),
    mode: Type.Optional(oneOf([...MODES, 'msg'])),
    name: Type.Optional(Type.String({ maxLength: NAME_MAX_LENGTH })),
    label: Type.Optional(
      Type.String({
        pattern: '^[^:]+:',
        maxLength: LABEL_KEY_MAX_LENGTH + 1 + LABEL_VALUE_MAX_LENGTH,
        description: 'key:value; the key ends at the first colon',
      }),
    ),
    attention: Type.Optional(Type.Boolean()),
    created_after: Type.Optional(EpochMilliseconds),
    created_before: Type.Optional(EpochMilliseconds),
    gid_prefix: Type.Optional(Id),
  },
  closed,
)
export type WireListQuery = Static<typeof ListQuerySchema>
