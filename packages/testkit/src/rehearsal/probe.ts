import type { Definition, Given, StepFunction, StepOperation } from '@assent/client'
import { isOngoing, isRefused, type Json, type Refusal, Refused, refusalOf } from '@assent/contract'

/** A run of one of the definition's functions. */
export interface RehearsedCall<StepName extends string = string> {
  gid: string
  step: StepName
  op: StepOperation
  attempt: number
  /** Virtual milliseconds since the story began. */
  at: number
  /** `failed`: it threw something that is no refusal, of its own or by the rehearsal. */
  outcome: 'done' | 'refused' | 'ongoing' | 'failed'
  result?: Json
  refusal?: Refusal
  error?: string
}

/** What a run is struck with, inside of the step's barrier. */
export type RunFault = 'refuse' | 'throw-before' | 'throw-after'

/** What happens around the functions of a story. */
export interface Probe {
  readonly now: number
  /** What goes wrong with the run of a function that is given this. */
  faultOf(given: Given): RunFault | undefined
  ran(given: Given, call: RehearsedCall): void
}

export const REHEARSED_REFUSAL = 'REHEARSED'

/** The same definition, with each of its own functions run between the barrier and the probe of the present story. */
export function probed(definition: Definition, probe: () => Probe): Definition {
  const steps = definition.steps.map((step) => {
    const { calls } = step
    if (calls.kind !== 'own') return step
    const functions: Partial<Record<StepOperation, StepFunction>> = {}
    for (const [op, run] of Object.entries(calls.functions) as [StepOperation, StepFunction][]) {
      functions[op] = (given) => runProbed(probe(), step.name, op, given, run)
    }
    return { ...step, calls: { ...calls, functions } }
  })
  return { ...definition, steps }
}

/** A function that returns no promise is answered without one, so that a barrier sees what it would see. */
function runProbed(probe: Probe, step: string, op: StepOperation, given: Given, run: StepFunction): unknown {
  const { gid, attempt } = given
  const fault = probe.faultOf(given)
  const note = (ending: Pick<RehearsedCall, 'outcome' | 'result' | 'refusal' | 'error'>): void =>
    probe.ran(given, { gid, step, op, attempt, at: probe.now, ...ending })
  const returned = (value: unknown): unknown => {
    if (fault === 'throw-after') throw noted(new Error('the rehearsal throws behind the effect'))
    note(isOngoing(value) ? { outcome: 'ongoing' } : { outcome: 'done', result: value as Json })
    return value
  }
  const noted = (thrown: unknown): unknown => {
    note(
      isRefused(thrown)
        ? { outcome: 'refused', refusal: refusalOf(thrown) }
        : { outcome: 'failed', error: thrown instanceof Error ? thrown.message : String(thrown) },
    )
    return thrown
  }
  if (fault === 'refuse') throw new Refused(REHEARSED_REFUSAL, 'the rehearsal refuses')
  if (fault === 'throw-before') throw new Error('the rehearsal throws before the effect')
  let value: unknown
  try {
    value = run(given)
  } catch (thrown) {
    throw noted(thrown)
  }
  if (!isPromise(value)) return returned(value)
  return value.then(returned, (thrown) => {
    throw noted(thrown)
  })
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
