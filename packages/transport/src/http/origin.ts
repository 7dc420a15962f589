import type { Call, CallAnswer, Clock } from '@assent/engine'
import type { Agent } from 'undici'
import { type Held, unknown } from '../answers.ts'
import type { Address } from './address.ts'
import { Breaker } from './breaker.ts'
import { Exchange, type ExchangeEvents } from './exchange.ts'
import { ORIGIN_BUSY_PAUSE_MS, WAITING_PER_ORIGIN_MAX } from './limits.ts'
import { dispatchOptions } from './request.ts'

const BUSY: Held = { kind: 'held', reason: 'ORIGIN_BUSY', retryAfterMs: ORIGIN_BUSY_PAUSE_MS }

export interface OriginOptions {
  agent: Agent
  clock: Clock
  connections: number
  /** Nothing is under way any more. */
  onIdle: () => void
}

/** All that goes on with one origin: the calls under way, those that wait for a connection, the circuit breaker. */
export class Origin {
  readonly breaker = new Breaker()
  readonly #options: OriginOptions
  readonly #running = new Set<Exchange>()
  readonly #waiting = new Set<Exchange>()
  readonly #events: ExchangeEvents
  #isStarting = false

  constructor(options: OriginOptions) {
    this.#options = options
    this.#events = {
      overdue: (exchange) => this.#hold(exchange, BUSY),
      answering: () => this.breaker.close(),
      over: (exchange, connectFailed) => this.#finish(exchange, connectFailed),
    }
  }

  get isIdle(): boolean {
    return this.#running.size === 0 && this.#waiting.size === 0
  }

  call(call: Call, address: Address): Promise<CallAnswer> {
    if (this.#running.size >= this.#options.connections && this.#waiting.size >= WAITING_PER_ORIGIN_MAX) {
      return Promise.resolve(BUSY)
    }
    const { clock, connections } = this.#options
    const asked = call.forced ? ({ pass: true, probe: false } as const) : this.breaker.ask(clock.monotonic())
    if (!asked.pass) return Promise.resolve(circuitOpen(asked.retryAfterMs))
    return new Promise((resolve) => {
      const exchange = new Exchange(call, address, asked.probe, clock, this.#events, resolve)
      if (this.#running.size < connections) this.#start(exchange)
      else this.#waiting.add(exchange)
    })
  }

  /** Answers everything that is under way or waits. */
  close(): void {
    const open = [...this.#waiting, ...this.#running]
    this.#waiting.clear()
    for (const exchange of open) exchange.end(unknown('the transport was closed'))
  }

  #start(exchange: Exchange): void {
    this.#waiting.delete(exchange)
    this.#running.add(exchange)
    exchange.begin()
    try {
      this.#options.agent.dispatch(dispatchOptions(exchange.call, exchange.address), exchange)
    } catch (thrown) {
      exchange.onResponseError(undefined, thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }

  #finish(exchange: Exchange, connectFailed: boolean): void {
    this.#running.delete(exchange)
    if (connectFailed) this.breaker.fail(this.#options.clock.monotonic(), exchange.isProbe)
    else if (exchange.isProbe) this.breaker.abandonProbe()
    if (this.#waiting.size > 0) this.#startWaitingSoon()
    else if (this.isIdle) this.#options.onIdle()
  }

  /** Not at once: a connection that is telling how its call ended can't be given the next in the same breath. */
  #startWaitingSoon(): void {
    if (this.#isStarting) return
    this.#isStarting = true
    queueMicrotask(() => {
      this.#isStarting = false
      this.#startWaiting()
    })
  }

  /** Lets those go on that wait, or holds them back if the participant can't be connected to. */
  #startWaiting(): void {
    const { clock, connections } = this.#options
    const now = clock.monotonic()
    for (const exchange of this.#waiting) {
      const isLetThrough = !this.breaker.isOpen || exchange.isProbe || exchange.call.forced
      if (!isLetThrough) this.#hold(exchange, circuitOpen(this.breaker.pauseMs(now)))
      else if (this.#running.size < connections) this.#start(exchange)
      else break
    }
    if (this.isIdle) this.#options.onIdle()
  }

  #hold(exchange: Exchange, held: Held): void {
    this.#waiting.delete(exchange)
    if (exchange.isProbe) this.breaker.abandonProbe()
    exchange.end(held)
  }
}

function circuitOpen(retryAfterMs: number): Held {
  return { kind: 'held', reason: 'CIRCUIT_OPEN', retryAfterMs }
}
