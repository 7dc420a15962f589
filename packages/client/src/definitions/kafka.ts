import { COMMAND_TYPE_PATTERN, commandUrl, TOPIC_PATTERN } from '@assent/contract'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { SagaUrls, TccUrls, UrlStep, XaUrls } from './http.ts'

interface CommandExtras<Result> {
  /** In which the service takes its commands: 1 to 249 of `A-Z a-z 0-9 . _ -`. */
  topic: string
  /** Of every command to it. */
  headers?: Readonly<Record<string, string>>
  /** What a result must be, and what it is for those who read it; unknown when absent. */
  result?: StandardSchemaV1<unknown, Result>
}

/**
 * A step that another service does on command, over Kafka: its topic, and the type of the command of each operation, 1 to
 * 128 of `A-Z a-z 0-9 . _ -`. Throws TypeError for what is none.
 *
 *     .step('pay', kafka({ topic: 'payment-service-commands', action: 'ProcessPayment', compensate: 'CompensatePayment' }))
 */
export function kafka<Commands extends SagaUrls | TccUrls | XaUrls, Result = unknown>(
  given: Commands & CommandExtras<Result>,
): UrlStep<Commands, Result> {
  const { topic, headers, result, ...commands } = given
  requireFit(topic, TOPIC_PATTERN, 'no topic of Kafka: it must be 1 to 249 of A-Z a-z 0-9 . _ -')
  const urls = Object.entries(commands).map(([operation, commandType]) => {
    const what = `no type of a command, for ${operation}: it must be 1 to 128 of A-Z a-z 0-9 . _ -`
    requireFit(commandType, COMMAND_TYPE_PATTERN, what)
    return [operation, commandUrl({ topic, commandType })]
  })
  return { kind: 'urls', urls: Object.fromEntries(urls), headers, result }
}

function requireFit(given: unknown, pattern: RegExp, what: string): asserts given is string {
  if (typeof given === 'string' && pattern.test(given)) return
  throw new TypeError(`${JSON.stringify(given) ?? 'undefined'} is ${what}`)
}
