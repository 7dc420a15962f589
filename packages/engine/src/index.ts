export type { Cancel, Clock } from './ports/clock.ts'
export type { Identity } from './ports/identity.ts'
export type { Observation, Observer } from './ports/observer.ts'
export type {
  OpenTransaction,
  OwnedPage,
  Store,
  StorePage,
  StoreSummary,
  Tombstone,
  TransactionColumns,
  TransactionRow,
  TransactionWrite,
  WithinAnswer,
  WriteAnswer,
} from './ports/store.ts'
export { StoreUnavailable } from './ports/store.ts'
export type { Answers, Call, CallAnswer, DeliveredAnswer, Transport } from './ports/transport.ts'
export type { Acceptance } from './transactions/accept.ts'
export { run, start } from './transactions/accept.ts'
export { add } from './transactions/add.ts'
export type { Advanced } from './transactions/advance.ts'
export { advance } from './transactions/advance.ts'
export { awaits } from './transactions/awaits.ts'
export { callOf } from './transactions/call.ts'
export { columnsOf, dueAtOf } from './transactions/columns.ts'
export type { Due, DueCall } from './transactions/due.ts'
export { due } from './transactions/due.ts'
export type { Answered, Event, Reported } from './transactions/events.ts'
export { MODE_ROWS } from './transactions/modes.ts'
export type { AcceptanceRules } from './transactions/rules.ts'
export type { Branch, OpenOperation, Told, Transaction } from './transactions/transaction.ts'
export {
  callTimeoutMs,
  commitOperation,
  isDeferred,
  operationUrl,
  phaseOneOperation,
  undoOperation,
} from './transactions/transaction.ts'
export { attentionOf, viewOf } from './transactions/view.ts'
