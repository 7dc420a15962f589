import type { Mode, Ongoing, ToldOutcome } from '@assent/contract'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Definition } from './definition.ts'
import type { Jsonified } from './json.ts'

/** What the types know of a step: its result, and the names of the steps that come before it. */
export interface StepType {
  result: unknown
  before: string
}

export type StepTypes = Record<string, StepType>

/** A definition without steps yet. */
// biome-ignore lint/complexity/noBannedTypes: no names at all, where Record<string, never> would have every name
export type NoSteps = {}

/** Where a definition's types are; nothing is there when it runs. */
declare const TYPES: unique symbol

/** A definition with what the types know of it: what it is given, and what its steps come to. */
export interface TypedDefinition<
  Input = unknown,
  Steps extends StepTypes = StepTypes,
  Kind extends Mode = Mode,
> extends Definition {
  readonly mode: Kind
  readonly [TYPES]?: { input: Input; steps: Steps }
}

/** What a transaction of this kind is started with. */
export type InputOf<Kind extends Definition> =
  Kind extends TypedDefinition<infer Input, infer _Steps> ? Input : never

/** The names of its steps. */
export type StepNameOf<Kind extends Definition> =
  Kind extends TypedDefinition<infer _Input, infer Steps> ? keyof Steps & string : never

/** The results of its steps, by name. */
export type ResultsOf<Kind extends Definition> =
  Kind extends TypedDefinition<infer _Input, infer Steps> ? ResultsIn<Steps> : never

export type ResultsIn<Steps extends StepTypes, Names extends keyof Steps = keyof Steps> = {
  readonly [Name in Names]: Steps[Name]['result']
}

/** These steps, and all that come before them. */
export type WithBefore<Steps extends StepTypes, Names extends keyof Steps> = Names | Steps[Names]['before']

/** The same steps and one more. */
export type Added<Steps extends StepTypes, Name extends string, Result, Before extends string> = {
  [Each in keyof Steps | Name]: Each extends keyof Steps ? Steps[Each] : { result: Result; before: Before }
}

/** A result as others read it: what a function returned, after JSON; without one it is undefined. */
export type ResultOf<Returned> =
  // biome-ignore lint/suspicious/noConfusingVoidType: what a function without a return statement returns
  Exclude<Returned, Ongoing | undefined | void> extends infer Result
    ? [Result] extends [never]
      ? undefined
      : undefined extends Returned
        ? Jsonified<Result> | undefined
        : Jsonified<Result>
    : never

/** A name that no other step has. */
export type NewName<Name extends string, Steps extends StepTypes> = Name extends keyof Steps
  ? `a step is called ${Name} already`
  : Name

/** What a schema makes of an input, as the steps see it. */
export type InputAfter<Schema extends StandardSchemaV1> = Jsonified<StandardSchemaV1.InferOutput<Schema>>

/** What every function of a step is given. */
export interface CallGiven<Input, Results, Database> {
  readonly gid: string
  /** The step's own name. */
  readonly branchId: string
  /** Counts from 1; a hint, it may repeat after a recovery. */
  readonly attempt: number
  /** The same for every repeat of this call: `{gid}/{branch_id}/{op}`. */
  readonly idempotencyKey: string
  /** Fires when the answer can no longer matter, or the time is over: stop as soon as it is safe. */
  readonly signal: AbortSignal
  readonly input: Input
  /** Of the steps before this one, by name. */
  readonly results: Results
  /** What the step's barrier hands to its functions; undefined without one. */
  readonly database: Database
}

/** A confirm or a commit is told what its call came to. */
export type FinishGiven<Input, Results, Result, Database> = CallGiven<Input, Results, Database> & {
  readonly result: Result
}

/**
 * An undo is told what is known of its call: `done` with its result, `refused`, or `unknown`: it may have happened,
 * or may not. The result is there only where the outcome is `done`.
 */
export type UndoGiven<Input, Results, Result, Database> = CallGiven<Input, Results, Database> &
  (
    | { readonly outcome: 'done'; readonly result: Result }
    | { readonly outcome: Exclude<ToldOutcome, 'done'>; readonly result?: undefined }
  )
