import { isAssentError, ongoing, Refused } from '@assent/contract'
import type { Answer, Call } from '@assent/participant'
import { addressOf } from '../definitions/address.ts'
import type { Definition, OwnCalls, Step, StepBarrier, StepFunction } from '../definitions/definition.ts'
import type { Returned, ServedCall, ServedFunction } from './call.ts'
import { givenIn, resultSchemasOf } from './given.ts'

/**
 * The functions of these definitions by where they are called: `NAME/VERSION/STEP`, and `NAME/VERSION` for a message's
 * query. Throws TypeError where two definitions have the same name and version.
 */
export function functionsOf(definitions: readonly Definition[]): Map<string, ServedFunction> {
  const functions = new Map<string, ServedFunction>()
  const known = new Set<string>()
  for (const definition of definitions) {
    const address = addressOf(definition)
    if (known.has(address)) {
      throw new TypeError(`${definition.name} is defined twice in version ${definition.version}`)
    }
    known.add(address)
    const { query, steps } = definition
    if (typeof query === 'function') {
      functions.set(address, async ({ gid, body, signal }) => query({ gid, input: body, signal }) as Returned)
    }
    for (const step of steps) {
      if (step.calls.kind === 'own')
        functions.set(addressOf(definition, step), served(definition, step, step.calls))
    }
  }
  return functions
}

function served(definition: Definition, { reads }: Step, { functions, barrier }: OwnCalls): ServedFunction {
  const reading = { reads, schemas: resultSchemasOf(definition) }
  return async (call) => {
    const run = functions[call.op as keyof typeof functions]
    if (run === undefined) throw new Error(`step ${call.branchId} of ${definition.name} has no ${call.op}`)
    const given = await givenIn(call, reading)
    if (barrier === undefined) return run(given) as Returned
    return behind(barrier, call, run, given)
  }
}

/** Runs a function once behind a barrier, and tells its answer as the function would have. */
async function behind(
  barrier: StepBarrier<unknown>,
  call: ServedCall,
  run: StepFunction,
  given: Parameters<StepFunction>[0],
): Promise<Returned> {
  const told = given.outcome === undefined ? {} : { actionOutcome: given.outcome }
  const { gid, op, mode, phase, attempt } = call
  const passing = { gid, branchId: given.branchId, op, mode, phase, attempt, ...told } as Call
  let hasBegun = false
  const begin = (database: unknown): Returned => {
    hasBegun = true
    return run(Object.assign(given, { database })) as Returned
  }
  const answer = await barrier.run(passing, begin).catch((error: unknown) => {
    // The barrier can't take this call at all, such as a name that is too long for it, so that no repeat of it can.
    const isImpossible = !hasBegun && isAssentError(error) && error.code === 'INVALID_REQUEST'
    throw isImpossible && phase === 'one' ? new Refused(error.code, error.message) : error
  })
  return returnedOf(answer)
}

function returnedOf(answer: Answer): Returned {
  switch (answer.outcome) {
    case 'done':
      return answer.result
    case 'ongoing':
      return ongoing(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs })
    case 'refused': {
      const { code = 'REFUSED', message, details } = answer.refusal
      throw new Refused(code, message, details)
    }
  }
}
