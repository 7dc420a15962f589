import type { CancelSignal } from '@assent/contract'
import { type Call, type CallAnswer, MODE_ROWS, type Transport } from '@assent/engine'
import type { SimulatedProcess } from '../time/process.ts'
import type { Schedule } from '../time/schedule.ts'
import type { Arrival, CallPoint } from './fault.ts'
import type { RunFault } from './probe.ts'
import type { CallFault, Trouble } from './trouble.ts'

/** How long a call, or its answer, is under way, virtual milliseconds. */
const WAY_MS = 1

/** What the network tells of the story that it is in. */
export interface Surroundings {
  schedule: Schedule
  trouble: Trouble
  /** Hands a call that has arrived to its step's function. */
  hand(call: Call, signal: CancelSignal, arrived: Arrived): Promise<CallAnswer>
  /** How long a step that does not answer is silent: until phase one's deadline is over. */
  silenceMs: number
  crash(why: string): void
  /** Whoever started it asks for an abort now. */
  abort(gid: string): void
  note(who: string, what: string): void
}

/** One arrival of a call, of which there may be more. */
export interface Arrived {
  /** What its function is struck with. */
  fault?: RunFault
  /** Its function ran; otherwise the barrier, or nobody, answered. */
  isRun: boolean
}

/** Characters of a result that a timeline shows. */
const RESULT_SHOWN_MAX = 80

type Answered = Extract<CallAnswer, { kind: 'answered' }>

/** A call that arrives, or arrives again, when something else has happened. */
interface HeldUp {
  call: Call
  arrives: Arrival
  isCopy: boolean
}

/** What lies between the coordinator and the steps of one story: calls and answers are lost, held up and repeated here. */
export class Network {
  private readonly story: Surroundings
  private heldUp: HeldUp[] = []
  private underWay = 0
  private readonly over = new Set<string>()
  private readonly silentUntil = new Map<string, { kind: 'unreachable' | 'unheard'; at: number }>()

  constructor(story: Surroundings) {
    this.story = story
  }

  /** Nothing is on its way to a step, or runs there. */
  get isQuiet(): boolean {
    return this.underWay === 0 && this.heldUp.length === 0
  }

  /** A step is kept from answering. */
  get isSilent(): boolean {
    return [...this.silentUntil.values()].some(({ at }) => this.story.schedule.now < at)
  }

  /** How one life of the coordinator calls. */
  transport(process: SimulatedProcess): Transport {
    return {
      schemes: ['local:', 'http:', 'https:'],
      call: (call, signal) => this.call(process, call, signal),
      close: async () => {},
    }
  }

  /** A transaction has ended: what of it is held up arrives now. */
  ended(gid: string): void {
    this.over.add(gid)
    this.letThrough(({ call }) => call.gid === gid)
  }

  private call(process: SimulatedProcess, call: Call, signal: CancelSignal): Promise<CallAnswer> {
    return new Promise((resolve) => {
      const answer = (answered: CallAnswer, afterMs: number): void => {
        this.story.schedule.after(afterMs, () =>
          process.receive(() => {
            resolve(answered)
            this.interrupt(call, 'after-answer')
          }),
        )
      }
      this.interrupt(call, 'before-call')
      if (process.alive) this.send(call, signal, answer)
    })
  }

  private send(
    call: Call,
    signal: CancelSignal,
    answer: (answered: CallAnswer, afterMs: number) => void,
  ): void {
    const fault = this.silenceOf(call) ?? this.story.trouble.withCall(stepOf(call), call.op)
    const lost = (why: string): void => answer(unknown(why), 2 * WAY_MS)
    const note = (what: string): void => this.story.note(stepOf(call), `${nameOf(call)}: ${what}`)
    switch (fault?.kind) {
      case 'lost-call':
        note('lost on its way there')
        lost('the call got lost')
        return
      case 'unreachable':
        note('the step can not be reached')
        answer(unknown('timed out'), call.timeoutMs)
        return
      case 'late':
        note('held up on its way there')
        this.heldUp.push({ call, arrives: fault.arrives, isCopy: false })
        lost('the connection was lost')
        return
      case 'lost-answer':
        void this.deliver(call, signal, '', '; the answer is lost')
        lost('the answer got lost')
        return
      case 'unheard':
        void this.deliver(call, signal, '', '; nobody hears the answer')
        answer(unknown('timed out'), call.timeoutMs)
        return
      case 'duplicate':
        this.sendTwice(call, signal, fault.arrives, answer)
        return
      case 'refuse':
      case 'throw-before':
      case 'throw-after':
        void this.deliver(call, signal, '', '', fault.kind).then((answered) => answer(answered, WAY_MS))
        return
      case undefined:
        void this.deliver(call, signal).then((answered) => answer(answered, WAY_MS))
        return
    }
  }

  private sendTwice(
    call: Call,
    signal: CancelSignal,
    arrives: Arrival,
    answer: (answered: CallAnswer, afterMs: number) => void,
  ): void {
    const first = this.deliver(call, signal)
    void first.then((answered) => answer(answered, WAY_MS))
    if (arrives === 'at-once') void this.deliver(call, NEVER, ', once more at the same time')
    else if (arrives === 'after-answer') void first.then(() => this.deliver(call, NEVER, ', once more'))
    else this.heldUp.push({ call, arrives, isCopy: true })
  }

  /** One arrival of a call at its step. */
  private async deliver(
    call: Call,
    signal: CancelSignal,
    how = '',
    then = '',
    fault?: RunFault,
  ): Promise<CallAnswer> {
    const { schedule, hand, note } = this.story
    this.underWay += 1
    await new Promise<void>((resolve) => schedule.after(WAY_MS, resolve))
    const arrived: Arrived = { isRun: false, ...(fault !== undefined && { fault }) }
    const answered = await hand(call, signal, arrived)
    note(stepOf(call), `${nameOf(call)}${how}: ${answerText(answered, arrived.isRun)}${then}`)
    this.underWay -= 1
    this.interrupt(call, 'after-effect')
    this.arrived(call)
    return answered
  }

  /** What waited for this call to have been dealt with goes on its way. */
  private arrived(call: Call): void {
    if (this.heldUp.length === 0) return
    const isUndo = MODE_ROWS[call.mode].undo === call.op
    this.letThrough(({ call: held, arrives }) => {
      if (held.gid !== call.gid) return false
      if (this.over.has(call.gid)) return true
      if (stepOf(held) !== stepOf(call)) return false
      if (arrives === 'after-undo') return isUndo
      return arrives === 'after-retry' && held.op === call.op && held !== call
    })
  }

  private letThrough(isFree: (held: HeldUp) => boolean): void {
    const free = this.heldUp.filter(isFree)
    if (free.length === 0) return
    this.heldUp = this.heldUp.filter((held) => !free.includes(held))
    for (const { call, isCopy } of free) {
      void this.deliver(call, NEVER, isCopy ? ', once more and late' : ', late')
    }
  }

  private silenceOf(call: Call): CallFault | undefined {
    const key = keyOf(call)
    const silence = this.silentUntil.get(key)
    if (silence !== undefined) {
      return this.story.schedule.now < silence.at
        ? { kind: silence.kind, target: { step: stepOf(call) } }
        : undefined
    }
    const { trouble, schedule, silenceMs } = this.story
    const begins = trouble.silencing(stepOf(call), call.op)
    if (begins === undefined) return undefined
    this.silentUntil.set(key, { kind: begins.kind, at: schedule.now + silenceMs })
    return begins
  }

  private interrupt(call: Call, point: CallPoint): void {
    const { trouble, crash, abort } = this.story
    const { op } = call
    const step = stepOf(call)
    if (trouble.atCall('abort', step, op, point)) abort(call.gid)
    if (trouble.atCall('crash', step, op, point)) crash(CRASHES[point](op, step))
  }
}

const CRASHES: Readonly<Record<CallPoint, (op: string, step: string) => string>> = {
  'before-call': (op, step) => `before it calls the ${op} of ${step}`,
  'after-effect': (op, step) => `before it hears of the ${op} of ${step}`,
  'after-answer': (op, step) => `before it keeps the answer to the ${op} of ${step}`,
}

/** The signal of a call that nobody waits for any more. */
const NEVER: CancelSignal = {
  aborted: false,
  addEventListener: () => {},
  removeEventListener: () => {},
}

const QUERY = 'query'

/** Which step a call is of; of a message's query none. */
export function stepOf(call: Call): string {
  return call.branchId ?? QUERY
}

function keyOf(call: Call): string {
  return `${stepOf(call)}.${call.op}`
}

/** `compensate, told unknown, attempt 2`: what the step is called for. */
function nameOf({ op, attempt, headers }: Call): string {
  const told = headers['assent-action-outcome']
  return [
    op,
    ...(told === undefined ? [] : [`told ${told}`]),
    ...(attempt === 1 ? [] : [`attempt ${attempt}`]),
  ].join(', ')
}

function unknown(error: string): Answered {
  return { kind: 'answered', outcome: 'unknown', error }
}

/** `done {"id":1}`, and whether that was a run of the function or the answer of a run before. */
function answerText(answered: CallAnswer, isRun: boolean): string {
  if (answered.kind === 'held') return `held: ${answered.reason}`
  return `${outcomeText(answered)}${isRun ? '' : ', not run'}`
}

function outcomeText({ outcome, result, refusal, error }: Answered): string {
  switch (outcome) {
    case 'done':
      return result === undefined ? 'done' : `done ${JSON.stringify(result).slice(0, RESULT_SHOWN_MAX)}`
    case 'refused':
      return `refused ${refusal?.code ?? refusal?.message ?? ''}`
    case 'unknown':
      return error?.startsWith('called off') ? 'called off' : `unknown (${error ?? ''})`
    case 'ongoing':
      return 'ongoing'
  }
}
