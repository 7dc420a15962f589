/** What an application holds: typed definitions, and a connection to the coordinator. */
export { type Connection, type ConnectOptions, connect, type Serve } from './connecting/connect.ts'
export type { Fetch } from './connecting/exchange/fetch.ts'
export { type HttpApi, type HttpApiOptions, httpApi } from './connecting/http-api.ts'
export type { DefinitionSettings } from './definitions/building.ts'
export type {
  Definition,
  Given,
  OwnCalls,
  PayloadOf,
  QueryFunction,
  Step,
  StepBarrier,
  StepFunction,
  StepOperation,
  StepSettings,
  UrlCalls,
} from './definitions/definition.ts'
export { http, type UrlStep, type UrlStepSettings } from './definitions/http.ts'
export type { Jsonified } from './definitions/json.ts'
export { kafka } from './definitions/kafka.ts'
export { type Message, type MessageSettings, message } from './definitions/message.ts'
export type { Reference, References } from './definitions/references.ts'
export { type CommittedSaga, type Saga, saga } from './definitions/saga.ts'
export { unchecked } from './definitions/schema.ts'
export { type Tcc, tcc } from './definitions/tcc.ts'
export type { InputOf, ResultsOf, StepNameOf, StepTypes, TypedDefinition } from './definitions/typed.ts'
export { type Xa, xa } from './definitions/xa.ts'
export {
  type Assent,
  type AssentParts,
  assentOver,
  type RunOptions,
  type StartWithinOptions,
} from './running/assent.ts'
export type { Aborted, Committed, Ended } from './running/ended.ts'
export type { Handle } from './running/handle.ts'
export type { Held } from './running/held.ts'
export { type RequestSettings, requestOf, type StartOptions } from './running/request.ts'
export { type LocalPart, type Sent, send } from './running/send.ts'
export type { ServedCall, ServedFunction } from './serving/call.ts'
export { functionsOf } from './serving/functions.ts'
