import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { StepSettings } from './definition.ts'
import type { References } from './references.ts'

/** The addresses of a saga's step. */
export interface SagaUrls {
  action: string
  compensate?: string
}

/** The addresses of a step behind the pivot, or of a message. */
export interface ActionUrls {
  action: string
  compensate?: never
}

/** The addresses of a tcc's step. */
export interface TccUrls {
  try: string
  confirm: string
  cancel: string
}

/** The addresses of an xa's step. */
export interface XaUrls {
  prepare: string
  commit: string
  rollback: string
}

/** A step whose calls are URLs. */
export interface UrlStep<out Urls, out Result> {
  readonly kind: 'urls'
  readonly urls: Urls
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly result?: StandardSchemaV1<unknown, Result>
}

interface UrlExtras<Result> {
  /** Of every call to it. */
  headers?: Readonly<Record<string, string>>
  /** `POST` when absent. */
  method?: string
  /** What a result must be, and what it is for those who read it; unknown when absent. */
  result?: StandardSchemaV1<unknown, Result>
}

/** How a step of URLs is called. */
export interface UrlStepSettings<Input, Results, After, Result = unknown> extends StepSettings {
  /** Steps that must be done before: the one written before it when absent; `[]` for none. */
  readonly after?: readonly After[]
  /**
   * What is sent: the transaction's input when absent. It is made when the transaction is started, so results are
   * there as references, which can be placed and not computed with.
   */
  readonly payload?: (given: { input: Input; results: References<Results> }) => unknown
  /**
   * What is sent to undo it: the same as to do it when absent. `result` is what the step itself answered, and null
   * where that is not known.
   */
  readonly undoPayload?: (given: {
    input: Input
    results: References<Results>
    result: References<Result>
  }) => unknown
}

/**
 * A step that another service does: the URL of each of its operations.
 *
 *     .step('charge', http({ action: 'http://payments/charge', compensate: 'http://payments/refund', result: Charge }))
 */
export function http<Urls extends SagaUrls | TccUrls | XaUrls, Result = unknown>(
  given: Urls & UrlExtras<Result>,
): UrlStep<Urls, Result> {
  const { headers, method, result, ...urls } = given
  return { kind: 'urls', urls: urls as unknown as Urls, headers, method, result }
}
