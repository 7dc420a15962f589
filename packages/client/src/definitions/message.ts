import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Building, type DefinitionSettings } from './building.ts'
import type { QueryFunction, StepBarrier, StepSettings } from './definition.ts'
import type { ActionUrls, UrlStep, UrlStepSettings } from './http.ts'
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

export interface MessageSettings<Schema extends StandardSchemaV1> extends DefinitionSettings<Schema> {
  /**
   * Asked when a message is still undecided at its deadline: a function of this application, such as
   * `queryOf(barrier)`, or a URL. It answers if the local change was made, and refuses if it never will be.
   */
  readonly query: QueryFunction | string
}

/** A receiver that is a function of this application. */
export interface MessageStep<Input, Results, Returned, After, Reads, Database> extends StepSettings {
  /** Receivers that must have it before: the one written before it when absent; `[]` for none. */
  readonly after?: readonly After[]
  /** Receivers whose results it is given: all before it when absent. */
  readonly reads?: readonly Reads[]
  /** Makes each call take effect once; the function gets its `database`. */
  readonly barrier?: StepBarrier<Database>
  /** Receives the message; it can't be refused. */
  readonly action: (given: CallGiven<Input, Results, Database>) => Returned | Promise<Returned>
}

/** Receivers are called one after another unless `after` says otherwise. */
export interface Message<Given, Input, Steps extends StepTypes, Last extends string>
  extends TypedDefinition<Given, Steps, 'message'> {
  /** A receiver that is another service. */
  step<const Name extends string, Result, After extends keyof Steps & string = Last>(
    name: NewName<Name, Steps>,
    step: UrlStep<ActionUrls, Result>,
    how?: UrlStepSettings<Input, ResultsIn<Steps, WithBefore<Steps, After>>, After, Result>,
  ): Message<Given, Input, Added<Steps, Name, Result, WithBefore<Steps, After> & string>, Name>
  /** A receiver that is a function of this application. */
  step<
    const Name extends string,
    Returned,
    After extends keyof Steps & string = Last,
    Reads extends WithBefore<Steps, After> & string = WithBefore<Steps, After> & string,
    Database = undefined,
  >(
    name: NewName<Name, Steps>,
    step: MessageStep<Input, ResultsIn<Steps, Reads>, Returned, After, Reads, Database>,
  ): Message<Given, Input, Added<Steps, Name, ResultOf<Returned>, WithBefore<Steps, After> & string>, Name>
}

/**
 * A two-phase message: what must follow a local change, and must not happen without it.
 *
 *     const placed = message('order-placed', { version: 1, input: Order, query: queryOf(barrier) })
 *       .step('stock', http({ action: 'http://stock/order-placed' }))
 */
export function message<Schema extends StandardSchemaV1>(
  name: string,
  settings: MessageSettings<Schema>,
): Message<StandardSchemaV1.InferInput<Schema>, InputAfter<Schema>, NoSteps, never> {
  return new Building({ ...settings, mode: 'message', name, steps: [] }) as never
}
