/** What an application holds: typed definitions, and a connection to the coordinator. */
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
