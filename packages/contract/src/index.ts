export {
  problemWithSecrets,
  readSignature,
  SECRET_MIN_LENGTH,
  SECRETS_MAX,
  SIGNATURE_HEADER,
  SIGNATURE_TOLERANCE_MS,
  type SignedCall,
  signedText,
  writeSignature,
} from './calls/signature.ts'
export type { ErrorCode, ErrorRow, Problem } from './errors.ts'
export { AssentError, ERRORS, invalidRequest, isAssentError, problemsInWords } from './errors.ts'
export {
  COMMAND_TYPE_PATTERN,
  type CommandAddress,
  commandUrl,
  readBrokerAddress,
  readCommandUrl,
  TOPIC_PATTERN,
} from './messages/address.ts'
export type {
  Broker,
  IncomingMessage,
  NewTopic,
  OutgoingMessage,
  SubscribeOptions,
  Subscription,
} from './messages/broker.ts'
export { BrokerUnavailable, MessageInvalid, PING_TIMEOUT_MS } from './messages/broker.ts'
export type { Command, CommandReply, ReplyContent, ReplyStatus } from './messages/command.ts'
export {
  REPLY_PARTITION_HEADER,
  REPLY_STATUSES,
  REPLY_TOPIC_HEADER,
  readCommand,
  readReply,
  refusalIn,
} from './messages/command.ts'
export {
  DEAD_CONTENT_HEADER,
  DEAD_LETTERS_SUFFIX,
  DEAD_OFFSET_HEADER,
  DEAD_PARTITION_HEADER,
  DEAD_REASON_HEADER,
  DEAD_REASON_MAX_LENGTH,
  DEAD_TOPIC_HEADER,
  deadLetterOf,
  sendDeadLetter,
  shortDeadLetterOf,
} from './messages/dead-letter.ts'
export {
  DEAD_LETTER_PARTITIONS,
  makeTopics,
  TOPICS_PAUSE_MAX_MS,
  TOPICS_PAUSE_MS,
} from './messages/topics.ts'
export { nearestName } from './nearest-name.ts'
export type {
  Accepted,
  BranchAccepted,
  BranchStanding,
  CancelSignal,
  EndedAnswer,
  Standing,
  TransactionApi,
  TransactionPage,
  TryAnswer,
} from './transactions/api.ts'
export * from './transactions/limits.ts'
export type { Options } from './transactions/options.ts'
export { DEFAULT_OPTIONS, OPTION_BOUNDS } from './transactions/options.ts'
export { grpcOutcome, httpOutcome } from './transactions/outcome.ts'
export type { Ongoing } from './transactions/refused.ts'
export { isOngoing, isRefused, ongoing, Refused, refusalOf } from './transactions/refused.ts'
export type {
  Attempt,
  Attention,
  BranchRequest,
  BranchView,
  Caller,
  DurableState,
  ListQuery,
  Refusal,
  Report,
  Resolution,
  Retry,
  RunRequest,
  StartRequest,
  TransactionView,
  Waiting,
} from './transactions/requests.ts'
export type {
  BranchStatus,
  DrivenBy,
  Json,
  Mode,
  Operation,
  Outcome,
  Phase,
  Status,
  ToldOutcome,
} from './transactions/words.ts'
export {
  BRANCH_STATUSES,
  ENDED_STATUSES,
  isEnded,
  MODES,
  OPERATIONS,
  OUTCOMES,
  STATUSES,
} from './transactions/words.ts'
