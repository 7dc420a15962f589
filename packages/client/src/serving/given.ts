import { AssentError, type Json, Refused, type ToldOutcome } from '@assent/contract'
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

/**
 * What a step's function is called with. Throws for a result that does not fit its schema, which is asked for again:
 * the call's outcome is unknown.
 */
export async function givenIn(call: ServedCall, schemas: ResultSchemas): Promise<Given> {
  const { gid, branchId = '', op, attempt, headers, signal } = call
  const { payload, results = {}, outcome, result, omitted = [] } = envelopeIn(call.body)
  const given = {
    gid,
    branchId,
    attempt,
    idempotencyKey: headers['idempotency-key'] ?? `${gid}/${branchId}/${op}`,
    signal,
    input: payload,
    results: schemas.size === 0 ? results : await fitting(results, schemas),
    outcome,
    result,
    database: undefined,
  }
  if (omitted.length > 0) tellOmitted(given, omitted, call)
  return given
}

function envelopeIn(body: Json | undefined): Envelope {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Envelope
  throw new TypeError('the call carries no envelope; the branch must ask for one')
}

async function fitting(results: Record<string, Json>, schemas: ResultSchemas): Promise<Record<string, Json>> {
  const fit: Record<string, Json> = { ...results }
  for (const [name, schema] of schemas) {
    if (Object.hasOwn(results, name)) fit[name] = (await fittingResult(name, results[name], schema)) as Json
  }
  return fit
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

/** What undoes a call: it can do without the result, where it must know that one is missing. */
const UNDOS: ReadonlySet<string> = new Set(['compensate', 'cancel', 'rollback'])

/**
 * A result that was too long to be kept is not taken for none: whoever reads it is told, and an undo is told that it
 * is not known what happened.
 */
function tellOmitted(
  given: { branchId: string; results: object; outcome: ToldOutcome | undefined },
  omitted: readonly string[],
  { op, phase }: ServedCall,
): void {
  const missing = (name: string) => (): never => {
    const message = `the result of step ${name} was too long to be kept`
    throw phase === 'one' ? new Refused('RESULT_MISSING', message) : new Error(message)
  }
  for (const name of omitted) {
    if (name !== given.branchId) Object.defineProperty(given.results, name, { get: missing(name) })
    else if (UNDOS.has(op)) given.outcome = 'unknown'
    else Object.defineProperty(given, 'result', { get: missing(name) })
  }
}
