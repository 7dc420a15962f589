import type { Json, Refusal } from '@assent/contract'
import { type BarrierOperation, originOf } from './call.ts'

/** What stands in a call's row. */
export type StoredAnswer =
  | { op: BarrierOperation; state: 'done'; result?: Json }
  | { op: BarrierOperation; state: 'refused'; refusal: Refusal }
  | { op: BarrierOperation; state: 'ongoing'; retryAfterMs?: number }
  /** Put there by the undo of a call that had not come: the call is refused when it comes. */
  | { op: BarrierOperation; state: 'planted' }

/** A row as the insert-or-ignore left it: new, or what stood there. */
export type Found = 'inserted' | StoredAnswer

/** What a call is answered, and which case it was. */
export type Answer =
  /** `executed`: run just now. `duplicate`: run before. `empty`: an undo of nothing, not run. */
  | { case: 'executed' | 'duplicate' | 'empty'; outcome: 'done'; result?: Json }
  /** `late`: its undo came before it. `conflict`: the branch's row holds another operation. */
  | { case: 'refused' | 'duplicate' | 'late' | 'conflict'; outcome: 'refused'; refusal: Refusal }
  /** The service goes on with it, or with the call that this one undoes. */
  | { case: 'ongoing' | 'duplicate'; outcome: 'ongoing'; retryAfterMs?: number }

export type Decision =
  /** Run the business, and put its answer into the row. */
  | { next: 'run' }
  /** Run nothing, put `done` into the row, keep the rows. */
  | { next: 'keep'; answer: Answer }
  /** Run nothing, change nothing. */
  | { next: 'leave'; answer: Answer }

/**
 * What to do with a call, given what stands in its row and, for an undo, in the row of what it undoes.
 * Both rows are held against everyone else until the database transaction ends.
 */
export function decide(op: BarrierOperation, current: Found, origin: Found | undefined): Decision {
  if (current !== 'inserted') return { next: 'leave', answer: repeated(op, current) }
  const undone = originOf(op)
  if (undone === undefined) return { next: 'run' }
  if (origin === undefined) throw new Error(`${op} was to be decided without the row of its ${undone}`)
  return decideUndo(op, undone, origin)
}

function decideUndo(op: BarrierOperation, undone: BarrierOperation, origin: Found): Decision {
  if (origin === 'inserted') return { next: 'keep', answer: { case: 'empty', outcome: 'done' } }
  if (origin.op !== undone) return { next: 'leave', answer: conflict(op, origin.op) }
  switch (origin.state) {
    case 'done':
      return { next: 'run' }
    case 'planted':
    case 'refused':
      return { next: 'keep', answer: { case: 'empty', outcome: 'done' } }
    case 'ongoing':
      return { next: 'leave', answer: ongoingAs('ongoing', origin) }
  }
}

/** What a call is answered whose row was there before it. */
export function repeated(op: BarrierOperation, stored: StoredAnswer): Answer {
  if (stored.op !== op) return conflict(op, stored.op)
  switch (stored.state) {
    case 'done':
      return doneAs('duplicate', stored.result)
    case 'refused':
      return { case: 'duplicate', outcome: 'refused', refusal: stored.refusal }
    case 'ongoing':
      return ongoingAs('duplicate', stored)
    case 'planted':
      return late(op)
  }
}

/** Done, with a result only where there is one. */
export function doneAs(which: 'executed' | 'duplicate', result: Json | undefined): Answer {
  return { case: which, outcome: 'done', ...(result === undefined ? {} : { result }) }
}

/** Ongoing, with what the service asked for. */
export function ongoingAs(
  which: 'ongoing' | 'duplicate',
  { retryAfterMs }: { retryAfterMs?: number },
): Answer {
  return { case: which, outcome: 'ongoing', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

function late(op: BarrierOperation): Answer {
  const message = `the undo of this branch came before its ${op}, which is no longer done`
  return { case: 'late', outcome: 'refused', refusal: { code: 'LATE', message } }
}

function conflict(op: BarrierOperation, stored: BarrierOperation): Answer {
  const message = `this branch already has a ${stored}, so it can't have a ${op}`
  return { case: 'conflict', outcome: 'refused', refusal: { code: 'OTHER_OPERATION', message } }
}
