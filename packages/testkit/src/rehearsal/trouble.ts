import type { Operation } from '@assent/contract'
import type { CallPoint, Fault, Silence, TurningPoint } from './fault.ts'

export type CallFault = Exclude<Fault, { point: unknown }>

/** The calls that do a step; whatever else is called undoes or ends it. */
const DOING: readonly Operation[] = ['action', 'try', 'prepare']

/** Whether a call does its step, and is what a target without an operation means. */
export function isDoing(op: Operation): boolean {
  return DOING.includes(op)
}

/**
 * What still has to go wrong in a story. Faults of one call strike one after another: the second strikes its second
 * attempt.
 */
export class Trouble {
  private readonly waiting: Fault[]

  constructor(faults: readonly Fault[]) {
    this.waiting = [...faults]
  }

  /** What has not gone wrong so far. */
  get left(): readonly Fault[] {
    return this.waiting
  }

  /** What goes wrong with this call, and with no other. */
  withCall(step: string, op: Operation): CallFault | undefined {
    return this.take((fault): fault is CallFault => !('point' in fault) && strikes(fault, step, op))
  }

  /** Whether the step falls silent from this call on. */
  silencing(step: string, op: Operation): Silence | undefined {
    const next = this.waiting.find((fault) => !('point' in fault) && strikes(fault, step, op))
    if (next?.kind !== 'unreachable' && next?.kind !== 'unheard') return undefined
    return this.take((fault): fault is Silence => fault === next)
  }

  /** Whether a crash, or an abort, comes at this point of this call. */
  atCall(kind: 'crash' | 'abort', step: string, op: Operation, point: CallPoint): boolean {
    const isIt = (fault: Fault): fault is Fault =>
      fault.kind === kind && fault.point === point && strikes(fault, step, op)
    return this.take(isIt) !== undefined
  }

  atTurn(kind: 'crash' | 'abort', point: TurningPoint): boolean {
    const isIt = (fault: Fault): fault is Fault =>
      fault.kind === kind && !('target' in fault) && fault.point === point
    return this.take(isIt) !== undefined
  }

  private take<Kind extends Fault>(isIt: (fault: Fault) => fault is Kind): Kind | undefined {
    const found = this.waiting.find(isIt)
    if (found !== undefined) this.waiting.splice(this.waiting.indexOf(found), 1)
    return found
  }
}

function strikes(fault: Fault, step: string, op: Operation): boolean {
  if (!('target' in fault) || fault.target.step !== step) return false
  return fault.target.op === undefined ? isDoing(op) : fault.target.op === op
}
