import type { CancelSignal } from '@assent/contract'
import type { Call, CallAnswer } from '@assent/engine'
import type { Behaviour, TransportBench } from './transport-bench.ts'

/** Long enough for any participant that answers at all. */
const TIMEOUT_MS = 10_000

/** A call as a coordinator makes it, but for what is given. */
export function callTo(url: string, given: Partial<Call> = {}): Call {
  const { op = 'action', attempt = 1 } = given
  return {
    gid: 'order-17',
    branchId: 'payment',
    op,
    mode: 'saga',
    phase: 'one',
    attempt,
    url,
    body: { amount: 30 },
    headers: {
      'assent-gid': 'order-17',
      'assent-branch-id': 'payment',
      'assent-op': op,
      'assent-mode': 'saga',
      'assent-attempt': String(attempt),
      'idempotency-key': `order-17/payment/${op}`,
    },
    method: 'POST',
    timeoutMs: TIMEOUT_MS,
    forced: false,
    ...given,
  }
}

export async function callParticipant(
  bench: TransportBench,
  behaviour: Behaviour,
  given: Partial<Call> = {},
  signal: CancelSignal = new Signal(),
): Promise<CallAnswer> {
  return bench.transport.call(callTo(await bench.participant(behaviour), given), signal)
}

/** A signal as a transport may count on: no more than the contract says of it. */
export class Signal implements CancelSignal {
  aborted = false
  readonly #listeners = new Set<() => void>()

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  /** Listeners that are left: none may be, once a call is answered. */
  get listeners(): number {
    return this.#listeners.size
  }

  raise(): void {
    this.aborted = true
    for (const listener of this.#listeners) listener()
  }
}

/** The outcome of a call that was made. */
export function outcomeOf(answer: CallAnswer): string {
  return answer.kind === 'answered' ? answer.outcome : `held: ${answer.reason}`
}

export function errorOf(answer: CallAnswer): string {
  return (answer.kind === 'answered' && answer.error) || ''
}
