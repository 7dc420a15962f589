import type { StandardSchemaV1 } from '@standard-schema/spec'
import { Building, type DefinitionSettings } from './building.ts'
import type { StepBarrier, StepSettings } from './definition.ts'
import type { ActionUrls, SagaUrls, UrlStep, UrlStepSettings } from './http.ts'
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
  UndoGiven,
  WithBefore,
} from './typed.ts'

/** A step whose calls are functions of this application. */
export interface SagaStep<Input, Results, Returned, After, Reads, Database> extends StepSettings {
  /** Steps that must be done before: the one written before it when absent; `[]` for none. */
  readonly after?: readonly After[]
  /** Steps whose results it is given: all before it when absent. A result that nobody reads costs no durable write. */
  readonly reads?: readonly Reads[]
  /** Makes each call take effect once; the functions get its `database`. */
  readonly barrier?: StepBarrier<Database>
  /** Does the step. It throws `Refused` where nothing happened and nothing will; after any other error it is called again. */
  readonly action: (given: CallGiven<Input, Results, Database>) => Returned | Promise<Returned>
  /** Undoes the step, as often as it is called; it can't be refused. Without it there is nothing to undo. */
  readonly compensate?: (given: UndoGiven<Input, Results, ResultOf<Returned>, Database>) => unknown
}

/** The same behind the pivot, where nothing is undone. */
export interface FollowingStep<Input, Results, Returned, After, Reads, Database>
  extends Omit<SagaStep<Input, Results, Returned, After, Reads, Database>, 'compensate'> {
  readonly compensate?: never
}

/** A saga that has no pivot yet. Steps run one after another unless `after` says otherwise. */
export interface Saga<Given, Input, Steps extends StepTypes, Last extends string>
  extends TypedDefinition<Given, Steps, 'saga'> {
  /** A step that another service does. */
  step<const Name extends string, Result, After extends keyof Steps & string = Last>(
    name: NewName<Name, Steps>,
    step: UrlStep<SagaUrls, Result>,
    how?: UrlStepSettings<Input, ResultsIn<Steps, WithBefore<Steps, After>>, After, Result>,
  ): Saga<Given, Input, Added<Steps, Name, Result, WithBefore<Steps, After> & string>, Name>
  /** A step that functions of this application do. */
  step<
    const Name extends string,
    Returned,
    After extends keyof Steps & string = Last,
    Reads extends WithBefore<Steps, After> & string = WithBefore<Steps, After> & string,
    Database = undefined,
  >(
    name: NewName<Name, Steps>,
    step: SagaStep<Input, ResultsIn<Steps, Reads>, Returned, After, Reads, Database>,
  ): Saga<Given, Input, Added<Steps, Name, ResultOf<Returned>, WithBefore<Steps, After> & string>, Name>
  /** The step whose success commits the whole: what is written before it comes before it, what follows must finish. */
  pivot<const Name extends string, Result>(
    name: NewName<Name, Steps>,
    step: UrlStep<SagaUrls, Result>,
    how?: UrlStepSettings<Input, ResultsIn<Steps>, never, Result>,
  ): CommittedSaga<Given, Input, Added<Steps, Name, Result, keyof Steps & string>, Name>
  /** The same, by functions of this application. */
  pivot<
    const Name extends string,
    Returned,
    Reads extends keyof Steps & string = keyof Steps & string,
    Database = undefined,
  >(
    name: NewName<Name, Steps>,
    step: SagaStep<Input, ResultsIn<Steps, Reads>, Returned, never, Reads, Database>,
  ): CommittedSaga<Given, Input, Added<Steps, Name, ResultOf<Returned>, keyof Steps & string>, Name>
}

/** A saga behind its pivot: what follows must finish, so it can't be refused and has no `compensate`. */
export interface CommittedSaga<Given, Input, Steps extends StepTypes, Last extends string>
  extends TypedDefinition<Given, Steps, 'saga'> {
  step<
    const Name extends string,
    Returned,
    After extends keyof Steps & string = Last,
    Reads extends WithBefore<Steps, After> & string = WithBefore<Steps, After> & string,
    Database = undefined,
  >(
    name: NewName<Name, Steps>,
    step: FollowingStep<Input, ResultsIn<Steps, Reads>, Returned, After, Reads, Database>,
  ): CommittedSaga<
    Given,
    Input,
    Added<Steps, Name, ResultOf<Returned>, WithBefore<Steps, After> & string>,
    Name
  >
  step<const Name extends string, Result, After extends keyof Steps & string = Last>(
    name: NewName<Name, Steps>,
    step: UrlStep<ActionUrls, Result>,
    how?: UrlStepSettings<Input, ResultsIn<Steps, WithBefore<Steps, After>>, After, Result>,
  ): CommittedSaga<Given, Input, Added<Steps, Name, Result, WithBefore<Steps, After> & string>, Name>
}

/**
 * A saga: steps that are done one after another, and undone in reverse order if one of them is refused.
 *
 *     const order = saga('order', { version: 1, input: Order })
 *       .step('reserve', { action: reserve, compensate: release })
 *       .pivot('charge', http({ action: 'http://payments/charge' }))
 *       .step('ship', { action: ship })
 */
export function saga<Schema extends StandardSchemaV1>(
  name: string,
  settings: DefinitionSettings<Schema>,
): Saga<StandardSchemaV1.InferInput<Schema>, InputAfter<Schema>, NoSteps, never> {
  return new Building({ ...settings, mode: 'saga', name, steps: [] }) as never
}
