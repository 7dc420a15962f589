import type { Definition, Step, StepOperation } from '@assent/client'
import { MODE_ROWS } from '@assent/engine'
import { CALL_POINTS, type Fault, type Target, TURNING_POINTS } from './fault.ts'
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
  const target: Target = isDoing(op) ? { step: step.name } : { step: step.name, op }
  const faults = ofAnyCall(target)
  if (op === row.undo) return faults.map((fault) => ({ fault, only: 'abort' }))
  const isPhaseOne = isDoing(op) && row.phaseOne !== undefined && !isBehindPivot(definition, step)
  if (!isPhaseOne) return faults.map((fault) => ({ fault, only: 'commit' }))
  const isUndone = operationsOf(step).some((each) => each === row.undo)
  return [
    ...[...ofPhaseOne(target), ...faults].map((fault): Entry => ({ fault })),
    ...(isUndone ? behindUndo(target) : []).map((fault): Entry => ({ fault, only: 'abort' })),
  ]
}

function isBehindPivot({ steps }: Definition, step: Step): boolean {
  const pivot = steps.findIndex((each) => each.pivot)
  return pivot >= 0 && steps.indexOf(step) > pivot
}

function ofAnyCall(target: Target): Fault[] {
  return [
    { kind: 'lost-answer', target },
    { kind: 'lost-call', target },
    { kind: 'throw-before', target },
    { kind: 'throw-after', target },
    { kind: 'duplicate', target, arrives: 'at-once' },
    { kind: 'duplicate', target, arrives: 'after-answer' },
    { kind: 'duplicate', target, arrives: 'after-end' },
    { kind: 'late', target, arrives: 'after-retry' },
    { kind: 'late', target, arrives: 'after-end' },
    ...CALL_POINTS.map((point): Fault => ({ kind: 'crash', target, point })),
  ]
}

/** What can go wrong with a call that may be refused, and amid which the caller may abort. */
function ofPhaseOne(target: Target): Fault[] {
  return [
    { kind: 'refuse', target },
    { kind: 'unreachable', target },
    { kind: 'unheard', target },
    ...CALL_POINTS.map((point): Fault => ({ kind: 'abort', target, point })),
  ]
}

/** A call that comes behind its own undo. */
function behindUndo(target: Target): Fault[] {
  return [
    { kind: 'late', target, arrives: 'after-undo' },
    { kind: 'duplicate', target, arrives: 'after-undo' },
  ]
}
