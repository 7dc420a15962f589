/** What an application holds: typed definitions, and a connection to the coordinator. */
export type { Fetch } from './connecting/exchange/fetch.ts'
export { type HttpApi, type HttpApiOptions, httpApi } from './connecting/http-api.ts'
export type {
  Definition,
  Given,
  OwnCalls,
  PayloadOf,
  QueryFunction,
  Step,
  StepFunction,
  StepOperation,
  StepSettings,
  UrlCalls,
} from './definitions/definition.ts'
export { type LocalPart, type Sent, send } from './running/send.ts'
