import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Building, type DefinitionSettings } from './building.ts'
import type { StepBarrier, StepSettings } from './definition.ts'
import type { UrlStep, UrlStepSettings, XaUrls } from './http.ts'
import type {
  Added,
  CallGiven,
  InputAfter,
  NewName,
  NoSteps,
  ResultOf,
  ResultsIn,
  StepTypes,
  TypedDefinition,
  WithBefore,
} from './typed.ts'

/** A step whose calls are functions of this application. */
export interface XaStep<Input, Results, Returned, After, Reads, Database> extends StepSettings {
  /** Steps that must be prepared before: the one written before it when absent; `[]` for none. */
  readonly after?: readonly After[]
  /** Steps whose results it is given: all before it when absent. A result that nobody reads costs no durable write. */
  readonly reads?: readonly Reads[]
  /** The database that prepares its work, and ends it by itself: `xaPg(pool, { service: 'accounts' })` and its like. */
  readonly resource: StepBarrier<Database>
  /** Works in a database transaction, which is then prepared. It throws `Refused` where nothing is to be prepared. */
  readonly prepare: (given: CallGiven<Input, Results, Database>) => Returned | Promise<Returned>
}

/** Steps are prepared one after another unless `after` says otherwise. */
export interface Xa<Given, Input, Steps extends StepTypes, Last extends string>
  extends TypedDefinition<Given, Steps, 'xa'> {
  /** A step that another service does. */
  step<const Name extends string, Result, After extends keyof Steps & string = Last>(
    name: NewName<Name, Steps>,
    step: UrlStep<XaUrls, Result>,
    how?: UrlStepSettings<Input, ResultsIn<Steps, WithBefore<Steps, After>>, After, Result>,
  ): Xa<Given, Input, Added<Steps, Name, Result, WithBefore<Steps, After> & string>, Name>
  /** A step that functions of this application do. */
  step<
    const Name extends string,
    Returned,
    After extends keyof Steps & string = Last,
    Reads extends WithBefore<Steps, After> & string = WithBefore<Steps, After> & string,
    Database = unknown,
  >(
    name: NewName<Name, Steps>,
    step: XaStep<Input, ResultsIn<Steps, Reads>, Returned, After, Reads, Database>,
  ): Xa<Given, Input, Added<Steps, Name, ResultOf<Returned>, WithBefore<Steps, After> & string>, Name>
}

/**
 * Two-phase commit: each step prepares a database transaction, and when all have, all are committed; otherwise all
 * are rolled back.
 *
 *     const transfer = xa('transfer', { version: 1, input: Transfer })
 *       .step('debit', { resource: xaPg(pool, { service: 'accounts' }), prepare: withdraw })
 *       .step('credit', http({ prepare: `${bank}/prepare`, commit: `${bank}/commit`, rollback: `${bank}/rollback` }))
 */
export function xa<Schema extends StandardSchemaV1>(
  name: string,
  settings: DefinitionSettings<Schema>,
): Xa<StandardSchemaV1.InferInput<Schema>, InputAfter<Schema>, NoSteps, never> {
  return new Building({ ...settings, mode: 'xa', name, steps: [] }) as never
}
