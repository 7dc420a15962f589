import type { CancelSignal } from '@assent/contract'
import type { Call, CallAnswer, Transport } from '@assent/engine'
import type { SimulatedProcess } from '../../time/process.ts'
import { hostOf, receivedOf, toCallAnswer, type Wire } from './wire.ts'

/** Failures to connect, one after another, after which calls to a participant are held back, and for how long. */
const BREAKER_FAILURES = 3
const BREAKER_OPEN_MS = 400

/** How one process calls participants: over a network that loses, repeats, delays and reorders. */
export class SimulatedTransport implements Transport {
  readonly schemes = ['http:']
  private readonly wire: Wire
  private readonly process: SimulatedProcess
  private readonly refusals = new Map<string, { count: number; openUntil: number }>()
  private readonly newCallId: () => number

  constructor(wire: Wire, process: SimulatedProcess, newCallId: () => number) {
    this.wire = wire
    this.process = process
    this.newCallId = newCallId
  }

  call(call: Call, _signal: CancelSignal): Promise<CallAnswer> {
    const id = this.newCallId()
    const host = hostOf(call.url)
    const held = this.holdBack(call, host)
    if (held !== undefined) return this.later(held)
    const { trace } = this.wire
    trace.add(this.process.name, { kind: 'call', call, id })
    return new Promise((resolve) => {
      let isAnswered = false
      const answer = (answered: CallAnswer): void => {
        if (isAnswered) return
        isAnswered = true
        cancel()
        trace.add(this.process.name, { kind: 'answer', call, id, answer: answered })
        resolve(answered)
      }
      const cancel = this.process.after(call.timeoutMs, () =>
        answer({ kind: 'answered', outcome: 'unknown', error: 'timed out' }),
      )
      this.send(call, host, answer)
    })
  }

  async close(): Promise<void> {}

  private send(call: Call, host: string, answer: (answer: CallAnswer) => void): void {
    const { schedule, weather } = this.wire
    const there = weather.passage()
    const arrive = (): void => {
      this.deliver(call, host, (answered) => {
        const back = weather.passage()
        if (!back.isLost) schedule.after(back.delayMs, () => this.process.receive(() => answer(answered)))
      })
    }
    if (!there.isLost) schedule.after(there.delayMs, arrive)
    // What comes once more is handled like the first, and whatever it is answered goes nowhere.
    if (there.repeatMs !== undefined) {
      schedule.after(there.delayMs + there.repeatMs, () => this.deliver(call, host, () => {}))
    }
  }

  private deliver(call: Call, host: string, answer: (answer: CallAnswer) => void): void {
    if (call.op === 'query') {
      answer(this.wire.answerQuery(call.gid))
      return
    }
    const participant = this.wire.participants.get(host)
    if (participant === undefined) throw new Error(`nobody is at ${call.url}`)
    const isConnected = !participant.down
    participant.receive(receivedOf(call), (reply) => {
      this.noteConnection(host, isConnected)
      answer(toCallAnswer(reply))
    })
  }

  private holdBack(call: Call, host: string): CallAnswer | undefined {
    const { schedule, weather, random } = this.wire
    if (call.forced) return undefined
    if ((this.refusals.get(host)?.openUntil ?? 0) > schedule.now) {
      return { kind: 'held', reason: 'CIRCUIT_OPEN', retryAfterMs: BREAKER_OPEN_MS }
    }
    if (!weather.strikes('network', 0.02)) return undefined
    return { kind: 'held', reason: 'ORIGIN_BUSY', retryAfterMs: Math.round(random.between(1, 300)) }
  }

  private noteConnection(host: string, isConnected: boolean): void {
    const known = this.refusals.get(host) ?? { count: 0, openUntil: 0 }
    const count = isConnected ? 0 : known.count + 1
    const openUntil = count >= BREAKER_FAILURES ? this.wire.schedule.now + BREAKER_OPEN_MS : 0
    this.refusals.set(host, { count, openUntil })
  }

  private later(answer: CallAnswer): Promise<CallAnswer> {
    return new Promise((resolve) => this.process.soon(() => resolve(answer)))
  }
}
