import type { Definition, Step, StepOperation } from '@assent/client'
import { MODE_ROWS } from '@assent/engine'
import { ARRIVALS, CALL_POINTS, type Fault, type Target, TURNING_POINTS } from './fault.ts'
import { isDoing } from './trouble.ts'

/** A fault, and when it can strike at all. */
export interface Entry {
  fault: Fault
  /** Only a transaction that aborts, or commits, gives it an occasion. */
  only?: 'abort' | 'commit'
}

/** Everything that can go wrong once with a transaction of this kind. */
export function catalogueOf(definition: Definition): readonly Entry[] {
  const entries = definition.steps.flatMap((step) =>
    operationsOf(step).flatMap((op) => entriesOf(definition, step, op)),
  )
  return [
    ...entries,
    ...TURNING_POINTS.map((point): Entry => ({ fault: { kind: 'crash', point } })),
    { fault: { kind: 'abort', point: 'after-accept' } },
  ]
}

function operationsOf({ calls }: Step): StepOperation[] {
  return Object.keys(calls.kind === 'own' ? calls.functions : calls.urls) as StepOperation[]
}

function entriesOf(definition: Definition, step: Step, op: StepOperation): Entry[] {
  const row = MODE_ROWS[definition.mode]
  if (op === row.undo) return callEntries(step.name, op).map((entry) => ({ ...entry, only: 'abort' }))
  const isPhaseOne = isDoing(op) && row.phaseOne !== undefined && !isBehindPivot(definition, step)
  if (!isPhaseOne) return callEntries(step.name, op).map((entry) => ({ ...entry, only: 'commit' }))
  const isUndone = operationsOf(step).some((each) => each === row.undo)
  return [...refusable(step.name), ...callEntries(step.name), ...(isUndone ? outOfOrder(step.name) : [])]
}

function isBehindPivot({ steps }: Definition, step: Step): boolean {
  const pivot = steps.findIndex((each) => each.pivot)
  return pivot >= 0 && steps.indexOf(step) > pivot
}

/** What can go wrong with a call whatever it does. */
function callEntries(step: string, op?: StepOperation): Entry[] {
  const target: Target = op === undefined || isDoing(op) ? { step } : { step, op }
  const faults: Fault[] = [
    { kind: 'lost-answer', target },
    { kind: 'lost-call', target },
    { kind: 'throw-before', target },
    { kind: 'throw-after', target },
    ...IN_ORDER.map((arrives): Fault => ({ kind: 'duplicate', target, arrives })),
    ...LATE_IN_ORDER.map((arrives): Fault => ({ kind: 'late', target, arrives })),
    ...CALL_POINTS.map((point): Fault => ({ kind: 'crash', target, point })),
  ]
  return faults.map((fault) => ({ fault }))
}

const AFTER_UNDO = 'after-undo'
const LATE_IN_ORDER = ['after-retry', 'after-end'] as const
/** A copy comes whether or not there is a retry. */
const IN_ORDER = ARRIVALS.filter((arrives) => arrives !== AFTER_UNDO && arrives !== 'after-retry')

/** What can go wrong with a call that may be refused. */
function refusable(step: string): Entry[] {
  const target: Target = { step }
  const faults: Fault[] = [
    { kind: 'refuse', target },
    { kind: 'unreachable', target },
    { kind: 'unheard', target },
    ...CALL_POINTS.map((point): Fault => ({ kind: 'abort', target, point })),
  ]
  return faults.map((fault) => ({ fault }))
}

/** A call that comes behind its own undo. */
function outOfOrder(step: string): Entry[] {
  const target: Target = { step }
  return [
    { fault: { kind: 'late', target, arrives: AFTER_UNDO }, only: 'abort' },
    { fault: { kind: 'duplicate', target, arrives: AFTER_UNDO }, only: 'abort' },
  ]
}
