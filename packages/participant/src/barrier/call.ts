import type { Mode, Operation, Phase, ToldOutcome } from '@assent/contract'

/** The operations that change something; a message's `query` only asks, and passes no barrier. */
export type BarrierOperation = Exclude<Operation, 'query'>

/** Names one call, however often it is repeated. */
export interface CallId {
  gid: string
  branchId: string
  op: BarrierOperation
}

/** A call as it reached the service. */
export interface Call extends CallId {
  mode?: Mode
  /** `one` may be refused; `two` must finish. */
  phase?: Exclude<Phase, 'query'>
  /** Counts from 1; a hint, it may repeat after a recovery. */
  attempt?: number
  /** What an undo is told about the call that it undoes. */
  actionOutcome?: ToldOutcome
  idempotencyKey?: string
  traceparent?: string
}

/**
 * Which of a branch's two rows a call takes: `origin` for phase one, `end` for what commits or undoes it.
 * Confirm and cancel share one, so that a branch can't have both.
 */
export type Place = 'origin' | 'end'

interface OperationRow {
  place: Place
  /** What an undo undoes. */
  origin?: BarrierOperation
}

const TABLE: Readonly<Record<BarrierOperation, OperationRow>> = {
  action: { place: 'origin' },
  compensate: { place: 'end', origin: 'action' },
  try: { place: 'origin' },
  confirm: { place: 'end' },
  cancel: { place: 'end', origin: 'try' },
  prepare: { place: 'origin' },
  commit: { place: 'end' },
  rollback: { place: 'end', origin: 'prepare' },
}

export function placeOf(op: BarrierOperation): Place {
  return TABLE[op].place
}

/** The operation that this one undoes; undefined for what is no undo. */
export function originOf(op: BarrierOperation): BarrierOperation | undefined {
  return TABLE[op].origin
}

/**
 * Whether a refusal of this call decides anything, and so must be given again to every repeat of it. What
 * must finish is not held to its refusal: it is asked again, and may find that it can do it after all.
 */
export function mayRefuse({ op, mode, phase }: Pick<Call, 'op' | 'mode' | 'phase'>): boolean {
  if (phase !== undefined) return phase === 'one'
  return placeOf(op) === 'origin' && mode !== 'message'
}

/** Which operations the branches of a mode have, phase one first; one of another mode is a call that went astray. */
export const OPERATIONS_OF: Readonly<Record<Mode, readonly [BarrierOperation, ...BarrierOperation[]]>> = {
  saga: ['action', 'compensate'],
  tcc: ['try', 'confirm', 'cancel'],
  xa: ['prepare', 'commit', 'rollback'],
  message: ['action'],
}
