import type { StepOperation } from '@assent/client'
import { nearestName } from '@assent/contract'

/** Where in a call a coordinator crashes, or the caller aborts. */
export const CALL_POINTS = ['before-call', 'after-effect', 'after-answer'] as const
export type CallPoint = (typeof CALL_POINTS)[number]

/** Where in the life of a transaction a coordinator crashes: on either side of a durable write. */
export const TURNING_POINTS = [
  'after-accept',
  'before-decision',
  'after-decision',
  'before-end',
  'after-end',
] as const
export type TurningPoint = (typeof TURNING_POINTS)[number]

/** When a call that was held up, or its copy, arrives at last. */
export const ARRIVALS = ['at-once', 'after-answer', 'after-retry', 'after-undo', 'after-end'] as const
export type Arrival = (typeof ARRIVALS)[number]

/** What can go wrong with one call. */
export const CALL_FAULTS = [
  'refuse',
  'lost-call',
  'lost-answer',
  'throw-before',
  'throw-after',
  'unreachable',
  'unheard',
  'late',
  'duplicate',
] as const
export type CallFaultKind = (typeof CALL_FAULTS)[number]

/**
 * One thing that goes wrong in a story. As text it is `refuse(reserve)`, `lost-answer(reserve.compensate)`,
 * `late(reserve, after-undo)`, `crash(reserve, after-effect)`, `crash(after-decision)`, `abort(charge, before-call)`.
 */
export type Fault =
  | { kind: Exclude<CallFaultKind, 'late' | 'duplicate' | 'unreachable' | 'unheard'>; target: Target }
  | Silence
  | { kind: 'late' | 'duplicate'; target: Target; arrives: Arrival }
  | { kind: 'crash' | 'abort'; target: Target; point: CallPoint }
  | { kind: 'crash' | 'abort'; point: TurningPoint }

/** A step that does not answer any more, whether or not calls reach it. */
export interface Silence {
  kind: 'unreachable' | 'unheard'
  target: Target
}

/** A step's call; without an operation the one that does the step. */
export interface Target {
  step: string
  op?: StepOperation
}

/** A step, or one of its operations. */
type Place<StepName extends string> = StepName | `${StepName}.${StepOperation}`

/** A fault as it is written. */
export type FaultText<StepName extends string = string> =
  | `${Exclude<CallFaultKind, 'late' | 'duplicate'>}(${Place<StepName>})`
  | `${'late' | 'duplicate'}(${Place<StepName>}, ${Arrival})`
  | `${'crash' | 'abort'}(${Place<StepName>}, ${CallPoint})`
  | `${'crash' | 'abort'}(${TurningPoint})`

/** What stands between the faults of a story. */
const AND = '+'
const NO_FAULT = 'no fault'

export function storyText(faults: readonly Fault[]): string {
  return faults.length === 0 ? NO_FAULT : faults.map(faultText).join(AND)
}

export function faultText(fault: Fault): string {
  const details: string[] = []
  if ('target' in fault) details.push(targetText(fault.target))
  if ('arrives' in fault) details.push(fault.arrives)
  if ('point' in fault) details.push(fault.point)
  return `${fault.kind}(${details.join(', ')})`
}

export function targetText({ step, op }: Target): string {
  return op === undefined ? step : `${step}.${op}`
}

/** The faults of a story that is named by them. Throws TypeError for what names none, and for steps that there are not. */
export function readStory(text: string, steps: readonly string[]): Fault[] {
  if (text.trim() === '' || text.trim() === NO_FAULT) return []
  const faults = text.split(AND).map((part) => readFault(part.trim()))
  for (const fault of faults) {
    if (!('target' in fault) || steps.includes(fault.target.step)) continue
    const { step } = fault.target
    throw new TypeError(`${faultText(fault)}: no step is called ${JSON.stringify(step)}${meant(step, steps)}`)
  }
  return faults
}

function meant(word: string, known: readonly string[]): string {
  const near = nearestName(word, known)
  return near === undefined ? '' : `; did you mean ${near}?`
}

const FAULT = /^([a-z-]+)\(([^,()]*)(?:,([^,()]*))?\)$/

function readFault(text: string): Fault {
  const [, kind = '', first = '', second] = FAULT.exec(text) ?? []
  const details = [first.trim(), ...(second === undefined ? [] : [second.trim()])]
  if (kind === 'crash' || kind === 'abort') return readInterruption(kind, details, text)
  if (!isOneOf(CALL_FAULTS, kind)) {
    throw new TypeError(`${text} is no fault${meant(kind, [...CALL_FAULTS, 'crash', 'abort'])}`)
  }
  const [place = '', arrives = ''] = details
  const target = readTarget(place)
  if (kind !== 'late' && kind !== 'duplicate') return { kind, target }
  return { kind, target, arrives: oneOf(ARRIVALS, arrives, text) }
}

function readInterruption(kind: 'crash' | 'abort', details: readonly string[], text: string): Fault {
  const [first = '', second] = details
  if (second === undefined) return { kind, point: oneOf(TURNING_POINTS, first, text) }
  return { kind, target: readTarget(first), point: oneOf(CALL_POINTS, second, text) }
}

function readTarget(text: string): Target {
  const [step = '', op] = text.split('.')
  return op === undefined ? { step } : { step, op: op as StepOperation }
}

function isOneOf<Word extends string>(words: readonly Word[], word: string): word is Word {
  return words.some((each) => each === word)
}

function oneOf<Word extends string>(words: readonly Word[], word: string, text: string): Word {
  if (isOneOf(words, word)) return word
  throw new TypeError(
    `${text}: there must be one of ${words.join(', ')}, and there is ${JSON.stringify(word)}`,
  )
}
