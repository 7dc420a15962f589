import {
  type BranchRequest,
  invalidRequest,
  type Json,
  type Options,
  type RunRequest,
} from '@assent/contract'
import { addressOf } from '../definitions/address.ts'
import type { Definition, PayloadOf, Step, StepOperation } from '../definitions/definition.ts'
import { referencesTo } from '../definitions/references.ts'
import { inputOf } from '../definitions/schema.ts'

/** What a transaction may be started with beside its input. */
export interface StartOptions {
  /** Repeated with the same gid and input it is the same transaction; a new one when absent. */
  gid?: string
  /** Phase one's deadline, milliseconds: what is not decided by then is aborted. The definition's when absent, or 60 s. */
  timeoutMs?: number
  labels?: Readonly<Record<string, string>>
  /** What else of the transaction's options differs from the coordinator's. */
  options?: Partial<Options>
}

export interface RequestSettings extends StartOptions {
  /** Where the functions of definitions are called: `local:`, or the URL of whoever serves them, with its slash. */
  address: string
}

/** Which field of a branch holds the URL of an operation: phase one's is `action` in every mode. */
const URL_FIELDS = {
  action: 'action',
  compensate: 'compensate',
  try: 'action',
  confirm: 'confirm',
  cancel: 'cancel',
  prepare: 'action',
  commit: 'commit',
  rollback: 'rollback',
} as const satisfies Record<StepOperation, keyof BranchRequest>

/** A definition and its input, as the coordinator is told them. Throws INVALID_REQUEST for an input that does not fit. */
export async function requestOf(
  definition: Definition,
  given: unknown,
  { gid, timeoutMs, labels, options, address }: RequestSettings,
): Promise<RunRequest> {
  const { mode, name, version, query, steps } = definition
  if (steps.length === 0) throw invalidRequest([{ path: 'definition', problem: `${name} has no steps` }])
  const input = await inputOf(definition.input, given)
  const request: RunRequest = { mode, name, version, branches: branchesOf(definition, steps, input, address) }
  if (gid !== undefined) request.gid = gid
  if (input !== undefined) request.payload = input
  if (labels !== undefined) request.labels = labels
  if (query !== undefined) request.query = typeof query === 'string' ? query : address + addressOf(definition)
  const timeoutToFailMs = timeoutMs ?? options?.timeoutToFailMs ?? definition.timeoutMs
  if (timeoutToFailMs !== undefined) request.options = { ...options, timeoutToFailMs }
  else if (options !== undefined) request.options = options
  return request
}

function branchesOf(
  definition: Definition,
  steps: readonly Step[],
  input: Json | undefined,
  address: string,
): BranchRequest[] {
  return steps.map((step, position) => {
    const before = steps[position - 1]?.name
    const { name, after = before === undefined ? [] : [before], pivot, timeoutMs, retry } = step
    const branch: BranchRequest = { branchId: name, ...callsOf(definition, step, input, address) }
    if (after.length > 0) branch.after = after
    if (pivot) branch.pivot = true
    if (timeoutMs !== undefined) branch.timeoutMs = timeoutMs
    if (retry !== undefined) branch.retry = retry
    return branch
  })
}

function callsOf(
  definition: Definition,
  step: Step,
  input: Json | undefined,
  address: string,
): Partial<BranchRequest> {
  const { calls, reads } = step
  if (calls.kind === 'own') {
    const url = address + addressOf(definition, step)
    const urls = Object.keys(calls.functions).map((op) => [URL_FIELDS[op as StepOperation], url])
    return { ...Object.fromEntries(urls), envelope: true, ...(reads && { reads }) }
  }
  const { urls, headers, method, payload, undoPayload } = calls
  const branch: Partial<BranchRequest> = Object.fromEntries(
    Object.entries(urls).map(([op, url]) => [URL_FIELDS[op as StepOperation], url]),
  )
  if (headers !== undefined) branch.headers = headers
  if (method !== undefined) branch.method = method
  if (payload !== undefined) branch.payload = payloadOf(definition, step, payload, input)
  if (undoPayload !== undefined) branch.undoPayload = payloadOf(definition, step, undoPayload, input)
  return branch
}

function payloadOf(definition: Definition, step: Step, make: PayloadOf, input: Json | undefined): Json {
  const results = referencesTo(definition.steps.map(({ name }) => name))
  const made: unknown = make({ input, results, result: results[step.name] })
  const isPromise = made instanceof Promise
  const text: string | undefined = isPromise ? undefined : JSON.stringify(made)
  if (text !== undefined) return JSON.parse(text)
  const problem = isPromise ? 'is a promise: it must be made at once' : 'is nothing that JSON can say'
  throw invalidRequest([{ path: `${step.name}.payload`, problem }])
}
