import type { Call, CallAnswer, Clock } from '@assent/engine'
import { type Held, unknown } from '../answers.ts'
import type { Address } from './address.ts'
import { Breaker } from './breaker.ts'
import { type Connection, Connections, type Connector } from './connections.ts'
import { type Ending, Exchange, type ExchangeEvents } from './exchange.ts'
import { ORIGIN_BUSY_PAUSE_MS, WAITING_PER_ORIGIN_MAX } from './limits.ts'
import type { Sign } from './signing.ts'

const BUSY: Held = { kind: 'held', reason: 'ORIGIN_BUSY', retryAfterMs: ORIGIN_BUSY_PAUSE_MS }

export interface OriginOptions {
  clock: Clock
  connector: Connector
  /** Calls at once. */
  places: number
  /** Undefined where calls go unsigned. */
  sign: Sign | undefined
  /** Nothing is under way any more, and no connection stands. */
  onIdle(): void
}

/** All that goes on with one origin: the calls under way, those that wait for a connection, the circuit breaker. */
export class Origin {
  readonly breaker = new Breaker()
  readonly #options: OriginOptions
  readonly #connections: Connections
  readonly #running = new Map<Exchange, Connection>()
  readonly #waiting = new Set<Exchange>()
  readonly #events: ExchangeEvents
  #isStarting = false

  constructor(name: string, options: OriginOptions) {
    this.#options = options
    this.#connections = new Connections(name, options.connector, {
      onConnect: () => this.breaker.close(),
      onDisconnect: () => this.#tellIfIdle(),
    })
    this.#events = {
      overdue: (exchange) => this.#hold(exchange, BUSY),
      answering: () => this.breaker.close(),
      over: (exchange, ending) => this.#finish(exchange, ending),
    }
  }

  get isIdle(): boolean {
    return this.#running.size === 0 && this.#waiting.size === 0 && this.#connections.size === 0
  }

  call(call: Call, address: Address): Promise<CallAnswer> {
    const { clock, places } = this.#options
    // Behind those that wait, even if a place has just become free.
    const hasPlace = this.#running.size < places && this.#waiting.size === 0
    if (!hasPlace && this.#waiting.size >= WAITING_PER_ORIGIN_MAX) return Promise.resolve(BUSY)
    const asked = call.forced ? ({ pass: true, probe: false } as const) : this.breaker.ask(clock.monotonic())
    if (!asked.pass) return Promise.resolve(circuitOpen(asked.retryAfterMs))
    return new Promise((resolve) => {
      const exchange = new Exchange(call, address, asked.probe, clock, this.#events, resolve)
      if (hasPlace) this.#start(exchange)
      else this.#waiting.add(exchange)
    })
  }

  /** Answers everything that is under way or waits. */
  async close(): Promise<void> {
    const open = [...this.#waiting, ...this.#running.keys()]
    this.#waiting.clear()
    for (const exchange of open) exchange.end(unknown('the transport was closed'))
    await this.#connections.close()
  }

  #start(exchange: Exchange): void {
    const connection = this.#connections.take()
    this.#waiting.delete(exchange)
    this.#running.set(exchange, connection)
    exchange.begin(connection, this.#options.sign)
  }

  #finish(exchange: Exchange, ending: Ending): void {
    const connection = this.#running.get(exchange)
    if (connection === undefined) return
    this.#running.delete(exchange)
    if (ending === 'reusable') this.#connections.giveBack(connection)
    else this.#connections.drop(connection)
    if (ending === 'unconnected') this.breaker.fail(this.#options.clock.monotonic(), exchange.isProbe)
    else if (exchange.isProbe) this.breaker.abandonProbe()
    if (this.#waiting.size > 0) this.#startWaitingSoon()
    else this.#tellIfIdle()
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
    const { clock, places } = this.#options
    const now = clock.monotonic()
    for (const exchange of this.#waiting) {
      const isLetThrough = !this.breaker.isOpen || exchange.isProbe || exchange.call.forced
      if (!isLetThrough) this.#hold(exchange, circuitOpen(this.breaker.pauseMs(now)))
      else if (this.#running.size < places) this.#start(exchange)
      else break
    }
    this.#tellIfIdle()
  }

  #tellIfIdle(): void {
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
