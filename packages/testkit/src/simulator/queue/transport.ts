import type { CancelSignal } from '@assent/contract'
import type { Answers, Call, CallAnswer, Transport } from '@assent/engine'
import type { SimulatedProcess } from '../../time/process.ts'
import { hostOf, type Wire } from '../network/wire.ts'
import type { SimulatedBroker } from './broker.ts'
import type { QueuedReply, Said } from './message.ts'
import type { Member } from './partition.ts'

const SCHEME = 'queue:'

/**
 * How one process calls through a message broker: it puts a command there and waits for a while for the reply. What comes
 * when nobody waits, because the call was given up or was another coordinator's, goes to the transaction; no reply is
 * acknowledged before what it changed is durable.
 */
export class QueuedTransport implements Transport {
  readonly schemes = [SCHEME]
  private readonly wire: Wire
  private readonly broker: SimulatedBroker
  private readonly process: SimulatedProcess
  private readonly newCallId: () => number
  private readonly member: Member
  /** Calls that wait for a reply, by what was sent. */
  private readonly waiting = new Map<string, (answer: CallAnswer) => void>()
  private answers: Answers | undefined
  private deliveries = 0
  private underWay = 0
  /** Replies that were given to this process while it dealt with as many as it can. */
  private readonly queued: (() => void)[] = []

  constructor(wire: Wire, broker: SimulatedBroker, process: SimulatedProcess, newCallId: () => number) {
    this.wire = wire
    this.broker = broker
    this.process = process
    this.newCallId = newCallId
    this.member = { process, handle: (reply) => this.inTurn(() => this.handle(reply)) }
  }

  receive(answers: Answers): void {
    this.answers = answers
    this.broker.replies.join(this.member)
  }

  async close(): Promise<void> {
    this.broker.replies.leave(this.member)
  }

  call(call: Call, _signal: CancelSignal): Promise<CallAnswer> {
    const id = this.newCallId()
    const commandId = `${this.process.name}/${id}`
    const { trace } = this.wire
    trace.add(this.process.name, { kind: 'call', call, id })
    return new Promise((resolve) => {
      const answer = (answered: CallAnswer): void => {
        if (!this.waiting.delete(commandId)) return
        cancel()
        trace.add(this.process.name, { kind: 'answer', call, id, answer: answered })
        resolve(answered)
      }
      this.waiting.set(commandId, answer)
      const cancel = this.process.after(call.timeoutMs, () => answer(unknown('timed out')))
      this.send(call, commandId, () => answer(unknown('nobody knows whether it was sent')))
    })
  }

  /** It may be kept although its sender hears nothing of that, and lost without a word. */
  private send(call: Call, id: string, failed: () => void): void {
    const { schedule, weather, random } = this.wire
    const { broker, process, member } = this
    const replyTo = broker.manners.callsHome ? broker.replies.homeOf(member) : undefined
    const there = weather.passage()
    const isUnheard = weather.strikes('queue', 0.1)
    const arrive = (): void => {
      const isKept = !there.isLost && broker.take(hostOf(call.url), { id, call, replyTo })
      if (!isKept) this.noteLost(call, id)
      if (isKept ? !isUnheard : random.chance(0.3)) return
      schedule.after(random.between(0.2, 50), () => process.receive(failed))
    }
    schedule.after(there.delayMs, arrive)
  }

  private noteLost({ gid, branchId, op }: Call, id: string): void {
    this.wire.trace.add('broker', { kind: 'command', what: 'lost', id, gid, branchId, op })
  }

  /** Those that there is no room for wait, in the order in which they came. */
  private async inTurn(deal: () => Promise<void>): Promise<void> {
    if (this.underWay >= this.broker.manners.atOnce) {
      await new Promise<void>((resolve) => this.queued.push(resolve))
    } else this.underWay += 1
    try {
      await deal()
    } finally {
      const next = this.queued.shift()
      if (next === undefined) this.underWay -= 1
      else next()
    }
  }

  private async handle(reply: QueuedReply): Promise<void> {
    const { trace } = this.wire
    const { name } = this.process
    this.deliveries += 1
    const { gid, branchId, op, said, id } = reply
    const about = { reply: id, delivery: this.deliveries, gid, branchId, op, outcome: said.outcome }
    const awaiting = this.waiting.get(reply.commandId)
    trace.add(name, { kind: 'delivered', ...about, isAwaited: awaiting !== undefined })
    try {
      const isKept = awaiting !== undefined && (await this.answerCall(awaiting, said))
      const as = isKept ? 'kept' : await this.give(reply)
      trace.add(name, { kind: 'acknowledged', ...about, as })
    } catch (error) {
      trace.add(name, { kind: 'given-back', ...about })
      throw error
    }
  }

  /** Whether what the answer changed is durable: not where nobody says so in time. */
  private answerCall(awaiting: (answer: CallAnswer) => void, said: Said): Promise<boolean> {
    return new Promise((resolve) => {
      this.process.after(this.broker.manners.keptWaitMs, () => resolve(false))
      awaiting({ ...said, kept: resolve })
    })
  }

  /** What says nothing for good is passed over where nobody waits for it. */
  private async give({ gid, branchId, op, said }: QueuedReply): Promise<Taken> {
    if (said.outcome === 'unknown' || said.outcome === 'ongoing') return 'passed over'
    if (this.answers === undefined) throw new Error('nobody takes answers yet')
    const { kind: _, kept: __, ...answered } = said
    const about = branchId === undefined ? { gid, op } : { gid, branchId, op }
    return this.answers.answer({ ...answered, ...about, scheme: SCHEME })
  }
}

type Taken = Awaited<ReturnType<Answers['answer']>> | 'passed over'

function unknown(error: string): Said {
  return { kind: 'answered', outcome: 'unknown', error }
}
