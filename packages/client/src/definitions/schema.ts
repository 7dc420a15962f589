import { invalidRequest, type Json } from '@assent/contract'
import type { StandardSchemaV1 } from '@standard-schema/spec'

/** A schema that lets everything pass, for what the types alone vouch for. */
export function unchecked<Input>(): StandardSchemaV1<Input, Input> {
  return {
    '~standard': { version: 1, vendor: 'assent', validate: (value) => ({ value: value as Input }) },
  }
}

/** What a schema makes of a value; `problems` when it does not fit. */
export async function validated(
  schema: StandardSchemaV1,
  value: unknown,
): Promise<{ value: unknown } | { problems: { path: string; problem: string }[] }> {
  const answer = schema['~standard'].validate(value)
  const { issues, ...valid } = answer instanceof Promise ? await answer : answer
  if (issues === undefined) return valid as { value: unknown }
  return {
    problems: issues.map(({ path = [], message }) => ({ path: path.map(keyOf).join('.'), problem: message })),
  }
}

function keyOf(segment: PropertyKey | StandardSchemaV1.PathSegment): string {
  return String(typeof segment === 'object' ? segment.key : segment)
}

/** An input as it is kept: what its schema makes of it, after JSON. Throws INVALID_REQUEST. */
export async function inputOf(
  schema: StandardSchemaV1 | undefined,
  given: unknown,
): Promise<Json | undefined> {
  const checked = schema === undefined ? { value: given } : await validated(schema, given)
  if ('problems' in checked) {
    throw invalidRequest(
      checked.problems.map(({ path, problem }) => ({
        path: path === '' ? 'input' : `input.${path}`,
        problem,
      })),
    )
  }
  const text: string | undefined = JSON.stringify(checked.value)
  if (text === undefined) return undefined
  const input = JSON.parse(text) as Json
  if (text.includes('"$result"')) requireNoReference(input, 'input')
  return input
}

/** What is data to the caller must not be read as a reference, or an input could have results sent astray. */
function requireNoReference(value: Json | undefined, path: string): void {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value) && typeof value.$result === 'string') {
    throw invalidRequest([
      { path: `${path}.$result`, problem: 'is reserved: it stands for the result of a step' },
    ])
  }
  for (const [key, item] of Object.entries(value)) requireNoReference(item, `${path}.${key}`)
}
