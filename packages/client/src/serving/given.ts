import { AssentError, type Json, type Operation, Refused, type ToldOutcome } from '@assent/contract'
import { originOf } from '@assent/participant'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Definition, Given } from '../definitions/definition.ts'
import { validated } from '../definitions/schema.ts'
import type { ServedCall } from './call.ts'

/** The schemas that results must fit, by step; only steps that are URLs have one. */
export type ResultSchemas = ReadonlyMap<string, StandardSchemaV1>

export function resultSchemasOf({ steps }: Definition): ResultSchemas {
  const schemas = new Map<string, StandardSchemaV1>()
  for (const { name, calls } of steps) {
    if (calls.kind === 'urls' && calls.result !== undefined) schemas.set(name, calls.result)
  }
  return schemas
}

/** What the coordinator sends to a branch that has `envelope: true`. */
interface Envelope {
  payload?: Json
  results?: Record<string, Json>
  outcome?: ToldOutcome
  result?: Json
  /** Branches whose result was too long to be kept. */
  omitted?: string[]
}

/** What is known of a step before it is called: whose results it asks for by name, and what results must be. */
export interface Reading {
  reads: readonly string[] | undefined
  schemas: ResultSchemas
}

/**
 * What a step's function is called with. In phase one it throws for a result that does not fit its schema, so that the
 * outcome is unknown and the call is made again, and `Refused` where a result that it asks for by name was too long to
 * be kept: it has not run. What must finish runs, and only reading such a result throws.
 */
export async function givenIn(call: ServedCall, { reads = [], schemas }: Reading): Promise<Given> {
  const { gid, branchId = '', op, phase, attempt, headers, signal } = call
  const { payload, results = {}, outcome, result, omitted = [] } = envelopeIn(call.body)
  const missing = phase === 'one' ? omitted.find((name) => reads.includes(name)) : undefined
  if (missing !== undefined) throw new Refused('RESULT_MISSING', tooLong(missing))
  const given = {
    gid,
    branchId,
    attempt,
    idempotencyKey: headers['idempotency-key'] ?? `${gid}/${branchId}/${op}`,
    signal,
    input: payload,
    results: schemas.size === 0 ? results : await fitting(results, schemas, phase === 'one'),
    outcome,
    result,
    database: undefined,
  }
  tellOmitted(given, omitted, op)
  return given
}

function envelopeIn(body: Json | undefined): Envelope {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Envelope
  throw new TypeError('the call carries no envelope; the branch must ask for one')
}

async function fitting(
  results: Record<string, Json>,
  schemas: ResultSchemas,
  isStrict: boolean,
): Promise<Record<string, Json>> {
  const fit: Record<string, Json> = { ...results }
  for (const [name, schema] of schemas) {
    if (!Object.hasOwn(results, name)) continue
    try {
      fit[name] = (await fittingResult(name, results[name], schema)) as Json
    } catch (error) {
      if (isStrict) throw error
      throwWhenRead(fit, name, error)
    }
  }
  return fit
}

function throwWhenRead(object: object, key: string, error: unknown): void {
  const get = (): never => {
    throw error
  }
  Object.defineProperty(object, key, { get, configurable: true })
}

/** What a schema makes of a result. Throws RESULT_INVALID where it does not fit. */
export async function fittingResult(
  step: string,
  result: Json | undefined,
  schema: StandardSchemaV1,
): Promise<unknown> {
  const checked = await validated(schema, result)
  if ('value' in checked) return checked.value
  const said = checked.problems.map(({ path, problem }) => (path === '' ? problem : `${path}: ${problem}`))
  const message = `the result of step ${step} does not fit its schema: ${said.join('; ')}`
  throw new AssentError('RESULT_INVALID', message, { step, problems: checked.problems })
}

/**
 * A result that was too long to be kept is not taken for none. Whoever reads it is told by an error that is no refusal,
 * because the function may have taken effect by then; an undo is told that it is not known what happened.
 */
function tellOmitted(
  given: { branchId: string; results: object; outcome: ToldOutcome | undefined },
  omitted: readonly string[],
  op: Operation,
): void {
  for (const name of omitted) {
    if (name !== given.branchId) throwWhenRead(given.results, name, new Error(tooLong(name)))
    else if (op !== 'query' && originOf(op) !== undefined) given.outcome = 'unknown'
    else throwWhenRead(given, 'result', new Error(tooLong(name)))
  }
}

function tooLong(step: string): string {
  return `the result of step ${step} was too long to be kept`
}
