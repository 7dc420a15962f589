import { SHARED_SCHEMAS } from '@assent/contract/schemas'
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'

/**
 * Checks requests against their schemas. Bodies are taken as they are: nothing is stripped, nothing is
 * turned into another type. A query string knows no types, so its values are read as what the schema wants.
 */

const AS_SENT: Options = { strict: true, allowUnionTypes: true, verbose: true, useDefaults: false }

/** What is checked, and how its values come. */
export type Part = 'body' | 'querystring' | 'params' | 'headers'

const bodies = { first: ajvWith({}), all: ajvWith({ allErrors: true }) }
const queries = {
  first: ajvWith({ coerceTypes: true }),
  all: ajvWith({ coerceTypes: true, allErrors: true }),
}

function ajvWith(options: Options): Ajv {
  const ajv = new Ajv({ ...AS_SENT, ...options })
  for (const schema of SHARED_SCHEMAS) ajv.addSchema(schema)
  return ajv
}

/** The check that requests pass; it stops at the first thing that is wrong. */
export function compile(schema: object, part: Part | undefined): ValidateFunction {
  return (part === 'querystring' ? queries : bodies).first.compile(schema)
}

/** Everything that is wrong with a part; compiled when first somebody is wrong. */
export function allErrors(schema: object, part: Part, value: unknown): readonly ErrorObject[] {
  const validate = (part === 'querystring' ? queries : bodies).all.compile(schema)
  return validate(value) ? [] : (validate.errors ?? [])
}
