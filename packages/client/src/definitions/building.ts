import { ID_PATTERN, type Mode } from '@assent/contract'
import { OPERATIONS_OF } from '@assent/participant'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type {
  Definition,
  OwnCalls,
  QueryFunction,
  Step,
  StepBarrier,
  StepFunction,
  StepOperation,
} from './definition.ts'
import type { UrlStep } from './http.ts'

/** What every definition begins with. */
export interface DefinitionSettings<Schema extends StandardSchemaV1> {
  /** Counts from 1. Raise it when a step is added, taken away or changes what it reads: versions run side by side. */
  readonly version: number
  /** What an input must be: any Standard Schema (zod, valibot, arktype …), or `unchecked<Order>()`. */
  readonly input: Schema
  /** Phase one's deadline, unless it is started with another, milliseconds: 60 s when absent. */
  readonly timeoutMs?: number
}

/** A step as `step()` and `pivot()` are given it, whatever its types. */
type StepGiven =
  | UrlStep<object, unknown>
  | (OwnStepGiven & Readonly<Partial<Record<StepOperation, StepFunction>>>)
type OwnStepGiven = Pick<Step, 'after' | 'reads' | 'timeoutMs' | 'retry'> &
  Pick<OwnCalls, 'barrier'> & { readonly resource?: StepBarrier<unknown> }
type HowGiven = Pick<Step, 'after' | 'timeoutMs' | 'retry'> & { payload?: unknown; undoPayload?: unknown }

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** A definition that grows step by step; each `step()` answers a new one. The types are those of `saga()` and its like. */
export class Building implements Definition {
  readonly mode: Mode
  readonly name: string
  readonly version: number
  readonly input: StandardSchemaV1
  readonly timeoutMs?: number
  readonly steps: readonly Step[]
  readonly query?: QueryFunction | string

  constructor(definition: Definition & { input: StandardSchemaV1 }) {
    const { mode, name, version, input, timeoutMs, steps, query } = definition
    if (!NAME.test(name)) {
      throw new TypeError(
        `${JSON.stringify(name)} is no name: it must be 1 to 64 of A-Z a-z 0-9 . - _, a letter or digit first`,
      )
    }
    if (!Number.isSafeInteger(version) || version < 1) {
      throw new TypeError(`the version of ${name} must be a whole number from 1, not ${version}`)
    }
    if (input?.['~standard'] === undefined) {
      throw new TypeError(`the input of ${name} must be a Standard Schema, or unchecked<…>()`)
    }
    if (timeoutMs !== undefined && !(Number.isSafeInteger(timeoutMs) && timeoutMs >= 1)) {
      throw new TypeError(`the timeoutMs of ${name} must be a whole number from 1, not ${timeoutMs}`)
    }
    if (typeof query === 'string') requireUrl(`the query of ${name}`, query)
    this.mode = mode
    this.name = name
    this.version = version
    this.input = input
    if (timeoutMs !== undefined) this.timeoutMs = timeoutMs
    this.steps = steps
    if (query !== undefined) this.query = query
  }

  step(name: string, given: StepGiven, how?: HowGiven): Building {
    return this.#with(name, false, given, how)
  }

  pivot(name: string, given: StepGiven, how?: HowGiven): Building {
    return this.#with(name, true, given, how)
  }

  #with(name: string, pivot: boolean, given: StepGiven, how: HowGiven = {}): Building {
    const said = `step ${JSON.stringify(name)} of ${this.name}`
    if (typeof given !== 'object' || given === null)
      throw new TypeError(`${said} must be an object, or http({ … })`)
    const step = 'kind' in given ? urlStep(name, pivot, given, how) : ownStep(this.mode, name, pivot, given)
    this.#check(step, said)
    return new Building({ ...this, steps: [...this.steps, step] })
  }

  #check({ name, pivot, after = [], reads = [], calls }: Step, said: string): void {
    if (!ID_PATTERN.test(name)) throw new TypeError(`${said} must be named with 1 to 64 of A-Z a-z 0-9 - _`)
    if (this.steps.some((step) => step.name === name)) throw new TypeError(`${said} is there already`)
    if (pivot && this.steps.some((step) => step.pivot)) throw new TypeError(`${said} is a second pivot`)
    for (const other of [...after, ...reads]) {
      if (!this.steps.some((step) => step.name === other)) {
        throw new TypeError(`${said} names ${JSON.stringify(other)}, which is no step before it`)
      }
    }
    const operations = Object.keys(calls.kind === 'own' ? calls.functions : calls.urls)
    const [first, ...others] = OPERATIONS_OF[this.mode]
    if (!operations.includes(first)) throw new TypeError(`${said} has no ${first}`)
    for (const [operation, call] of Object.entries(calls.kind === 'own' ? calls.functions : calls.urls)) {
      if (calls.kind === 'own' && typeof call !== 'function') {
        throw new TypeError(
          `the ${operation} of ${said} must be a function; a URL is written http({ ${operation}: … })`,
        )
      }
      // An empty one would be done without a call.
      if (calls.kind === 'urls') requireUrl(`the ${operation} of ${said}`, call)
    }
    const astray = operations.find((operation) => ![first, ...others].some((each) => each === operation))
    if (astray !== undefined) throw new TypeError(`${said} has a ${astray}, which a ${this.mode} has not`)
    if (operations.includes('compensate') && this.steps.some((step) => step.pivot)) {
      throw new TypeError(`${said} follows the pivot, behind which nothing is undone`)
    }
  }
}

function requireUrl(what: string, url: unknown): void {
  if (typeof url === 'string' && URL.canParse(url)) return
  throw new TypeError(`${what} must be a URL, not ${JSON.stringify(url) ?? 'undefined'}`)
}

function ownStep(
  mode: Mode,
  name: string,
  pivot: boolean,
  given: Exclude<StepGiven, UrlStep<object, unknown>>,
): Step {
  const { after, reads, resource, barrier = resource, timeoutMs, retry } = given
  const functions: Partial<Record<StepOperation, StepFunction>> = {}
  for (const operation of OPERATIONS_OF[mode]) {
    const run = given[operation]
    if (run !== undefined) functions[operation] = run
    // It commits and rolls back what it has prepared, and runs nothing for that.
    else if (resource !== undefined) functions[operation] = () => {}
  }
  return { name, pivot, after, reads, timeoutMs, retry, calls: { kind: 'own', functions, barrier } }
}

function urlStep(name: string, pivot: boolean, given: UrlStep<object, unknown>, how: HowGiven): Step {
  const { after, timeoutMs, retry, payload, undoPayload } = how
  const { urls, headers, method, result } = given
  const calls = { kind: 'urls', urls, headers, method, result, payload, undoPayload } as Step['calls']
  return { name, pivot, after, timeoutMs, retry, calls }
}
