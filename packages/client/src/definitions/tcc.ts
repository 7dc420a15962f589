import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Building, type DefinitionSettings } from './building.ts'
import type { StepBarrier, StepSettings } from './definition.ts'
import type { TccUrls, UrlStep, UrlStepSettings } from './http.ts'
import type {
  Added,
  CallGiven,
  FinishGiven,
  InputAfter,
  NewName,
  NoSteps,
  ResultOf,
  ResultsIn,
  StepTypes,
  TypedDefinition,
  UndoGiven,
  WithBefore,
} from './typed.ts'

/** A step whose calls are functions of this application. */
export interface TccStep<Input, Results, Returned, After, Reads, Database> extends StepSettings {
  /** Steps that must be tried before: the one written before it when absent; `[]` for none. */
  readonly after?: readonly After[]
  /** Steps whose results it is given: all before it when absent. A result that nobody reads costs no durable write. */
  readonly reads?: readonly Reads[]
  /** Makes each call take effect once; the functions get its `database`. */
  readonly barrier?: StepBarrier<Database>
  /** Reserves. It throws `Refused` where nothing was reserved and nothing will be; after any other error it is called again. */
  readonly try: (given: CallGiven<Input, Results, Database>) => Returned | Promise<Returned>
  /** Makes final what was reserved; it can't be refused. */
  readonly confirm: (given: FinishGiven<Input, Results, ResultOf<Returned>, Database>) => unknown
  /** Gives back what was reserved; it can't be refused. */
  readonly cancel: (given: UndoGiven<Input, Results, ResultOf<Returned>, Database>) => unknown
}

/** Steps are tried one after another unless `after` says otherwise. */
export interface Tcc<Given, Input, Steps extends StepTypes, Last extends string>
  extends TypedDefinition<Given, Steps, 'tcc'> {
  /** A step that another service does. */
  step<const Name extends string, Result, After extends keyof Steps & string = Last>(
    name: NewName<Name, Steps>,
    step: UrlStep<TccUrls, Result>,
    how?: UrlStepSettings<Input, ResultsIn<Steps, WithBefore<Steps, After>>, After, Result>,
  ): Tcc<Given, Input, Added<Steps, Name, Result, WithBefore<Steps, After> & string>, Name>
  /** A step that functions of this application do. */
  step<
    const Name extends string,
    Returned,
    After extends keyof Steps & string = Last,
    Reads extends WithBefore<Steps, After> & string = WithBefore<Steps, After> & string,
    Database = undefined,
  >(
    name: NewName<Name, Steps>,
    step: TccStep<Input, ResultsIn<Steps, Reads>, Returned, After, Reads, Database>,
  ): Tcc<Given, Input, Added<Steps, Name, ResultOf<Returned>, WithBefore<Steps, After> & string>, Name>
}

/**
 * Try, confirm, cancel: each step reserves, and when all have, all are made final; otherwise all give back.
 *
 *     const booking = tcc('booking', { version: 1, input: Trip })
 *       .step('seat', { try: holdSeat, confirm: takeSeat, cancel: freeSeat })
 *       .step('hotel', http({ try: `${hotel}/hold`, confirm: `${hotel}/take`, cancel: `${hotel}/free` }))
 */
export function tcc<Schema extends StandardSchemaV1>(
  name: string,
  settings: DefinitionSettings<Schema>,
): Tcc<StandardSchemaV1.InferInput<Schema>, InputAfter<Schema>, NoSteps, never> {
  return new Building({ ...settings, mode: 'tcc', name, steps: [] }) as never
}
