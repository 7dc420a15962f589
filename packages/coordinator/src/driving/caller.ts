import type { CancelSignal } from '@assent/contract'
import type { Answered, Answers, Call, CallAnswer, Clock, Observer, Transport } from '@assent/engine'

/**
 * A transport answers within the call's timeout. One that doesn't has a fault, and must not hold up its
 * transaction for ever: after this much longer the call counts as unknown.
 */
const OVERDUE_AFTER_MS = 60_000

/** How a call ended, or that it was not made. */
type Ended = Answered | Extract<CallAnswer, { kind: 'held' }>
/** Tells whoever brought an answer whether what it changed is durable. */
export type Kept = (isDurable: boolean) => void

/** Finds the transport of a call, and turns whatever happens into an answer. */
export class Caller {
  private readonly transports = new Map<string, Transport>()
  private readonly clock: Clock
  private readonly observer: Observer
  private readonly now: () => number

  constructor(transports: readonly Transport[], clock: Clock, observer: Observer, now: () => number) {
    for (const transport of transports) {
      for (const scheme of transport.schemes) this.transports.set(scheme, transport)
    }
    this.clock = clock
    this.observer = observer
    this.now = now
  }

  get schemes(): ReadonlySet<string> {
    return new Set(this.transports.keys())
  }

  /** Lets answers in that nobody here waits for. */
  receive(answers: Answers): void {
    for (const transport of new Set(this.transports.values())) transport.receive?.(answers)
  }

  /** Calls; `done` gets the answer exactly once, never before this returns, and tells `kept` where there is one. */
  call(call: Call, signal: CancelSignal, done: (ended: Ended, kept: Kept | undefined) => void): void {
    const scheme = call.url.slice(0, call.url.indexOf(':') + 1).toLowerCase()
    const at = this.now()
    const began = this.clock.monotonic()
    let isAnswered = false
    const finish = (answer: CallAnswer): void => {
      if (isAnswered) {
        if (answer.kind === 'answered') answer.kept?.(false)
        return
      }
      isAnswered = true
      cancelOverdue()
      if (answer.kind === 'held') {
        const { gid, branchId, op } = call
        this.observer.observe({ kind: 'held', gid, branchId, op, reason: answer.reason })
        done(answer, undefined)
        return
      }
      const durationMs = Math.round((this.clock.monotonic() - began) * 1_000) / 1_000
      const answered = toAnswered(call, answer, at, durationMs)
      this.observer.observe({
        kind: 'attempt',
        gid: call.gid,
        branchId: call.branchId,
        op: call.op,
        attempt: call.attempt,
        scheme,
        outcome: answer.outcome,
        durationMs,
        status: answer.status,
        error: answer.error,
      })
      done(answered, answer.kept && ((isDurable) => answer.kept?.(isDurable)))
    }
    const unknown = (error: string): void => finish({ kind: 'answered', outcome: 'unknown', error })
    const cancelOverdue = this.clock.after(call.timeoutMs + OVERDUE_AFTER_MS, () =>
      unknown('the transport gave no answer in time'),
    )
    const transport = this.transports.get(scheme)
    if (transport === undefined) {
      this.clock.soon(() => unknown(`nothing here can call ${scheme}`))
      return
    }
    transport.call(call, signal).then(finish, (error) => {
      this.observer.observe({ kind: 'fault', what: `transport ${scheme}`, error: String(error) })
      unknown(String(error))
    })
  }

  async close(): Promise<void> {
    await Promise.all([...new Set(this.transports.values())].map((transport) => transport.close()))
  }
}

function toAnswered(
  call: Call,
  answer: Extract<CallAnswer, { kind: 'answered' }>,
  at: number,
  durationMs: number,
): Answered {
  const answered: Answered = {
    op: call.op,
    attempt: call.attempt,
    at,
    durationMs,
    outcome: answer.outcome,
  }
  if (call.branchId !== undefined) answered.branchId = call.branchId
  if (answer.result !== undefined) answered.result = answer.result
  if (answer.resultOmitted !== undefined) answered.resultOmitted = answer.resultOmitted
  if (answer.refusal !== undefined) answered.refusal = answer.refusal
  if (answer.status !== undefined) answered.status = answer.status
  if (answer.error !== undefined) answered.error = answer.error
  if (answer.retryAfterMs !== undefined) answered.retryAfterMs = answer.retryAfterMs
  return answered
}
