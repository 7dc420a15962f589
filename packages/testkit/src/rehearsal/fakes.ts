import type {
  Definition,
  InputOf,
  ResultsOf,
  Step,
  StepFunction,
  StepNameOf,
  StepOperation,
  UrlCalls,
} from '@assent/client'
import type { Json, ToldOutcome } from '@assent/contract'
import type { Barrier } from '@assent/participant'
import { isDoing } from './trouble.ts'

/** What a fake is called with. */
export interface FakeGiven<Kind extends Definition> {
  readonly gid: string
  readonly branchId: string
  readonly attempt: number
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  readonly input: InputOf<Kind>
  readonly results: ResultsOf<Kind>
  readonly outcome?: ToldOutcome
  readonly result?: Json
  readonly database?: unknown
}

/** Functions in place of a definition's own, and for steps that are URLs; by step and operation. */
export type Fakes<Kind extends Definition> = {
  readonly [Name in StepNameOf<Kind>]?: Fake<(given: FakeGiven<Kind>) => unknown>
}

/** Functions of one step, and the barrier that the service is taken to have: a step that is faked keeps its own. */
type Fake<Run> = Readonly<Partial<Record<StepOperation, Run>>> & { readonly barrier?: Barrier<unknown> }

/** A definition that is finished. */
export type Faked<Kind extends Definition> = Omit<Kind, 'step' | 'pivot'>

/**
 * The same definition with fakes in place, to register and to run. Throws TypeError where a URL would be left to call.
 *
 *     const faked = withFakes(order, { charge: { action: () => ({ chargeId: 'c-1' }) } })
 */
export function withFakes<Kind extends Definition>(definition: Kind, fakes: Fakes<Kind> = {}): Faked<Kind> {
  const given = fakes as Readonly<Record<string, Fake<StepFunction>>>
  for (const name of Object.keys(given)) {
    if (definition.steps.some((step) => step.name === name)) continue
    throw new TypeError(`${definition.name} has no step ${JSON.stringify(name)} to put a fake in place of`)
  }
  return {
    ...definition,
    steps: definition.steps.map((step) => faked(definition, step, given[step.name] ?? {})),
  }
}

function faked({ name }: Definition, step: Step, fake: Fake<StepFunction>): Step {
  const { calls } = step
  const { barrier, ...fakes } = fake
  if (calls.kind === 'own') {
    const functions = { ...calls.functions, ...fakes }
    return { ...step, calls: { ...calls, functions, ...(barrier !== undefined && { barrier }) } }
  }
  const missing = (Object.keys(calls.urls) as StepOperation[]).filter((op) => fakes[op] === undefined)
  if (missing.length > 0) {
    const said = missing.map((op) => `${op} (${calls.urls[op]})`).join(', ')
    const fix = `fakes: { ${JSON.stringify(step.name)}: { ${missing.join(', ')} } }`
    throw new TypeError(
      `step ${JSON.stringify(step.name)} of ${name} calls URLs: ${said}. No network is used here, so give it functions: ${fix}`,
    )
  }
  const functions = calls.result === undefined ? fakes : withFittingResults(step.name, fakes, calls.result)
  return { ...step, calls: { kind: 'own', functions, barrier } }
}

type ResultSchema = NonNullable<UrlCalls['result']>

/** A fake that answers what the service's schema refuses would let pass what production does not. */
function withFittingResults(
  name: string,
  fakes: Readonly<Partial<Record<StepOperation, StepFunction>>>,
  schema: ResultSchema,
): Partial<Record<StepOperation, StepFunction>> {
  const fitting = { ...fakes }
  for (const [op, run] of Object.entries(fakes) as [StepOperation, StepFunction][]) {
    if (!isDoing(op)) continue
    fitting[op] = async (given) => {
      const result = await run(given)
      const { issues } = await schema['~standard'].validate(result)
      if (issues === undefined) return result
      const said = issues.map(({ message }) => message).join('; ')
      throw new TypeError(`the fake of ${name} answers what its result schema refuses: ${said}`)
    }
  }
  return fitting
}
