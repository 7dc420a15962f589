import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { ANSWER_MAX_BYTES } from '@assent/contract'
import type { Call, CallAnswer, Cancel, Clock } from '@assent/engine'
import type { Dispatcher } from 'undici'
import { unknown } from '../answers.ts'
import type { Address } from './address.ts'
import { readAnswer } from './answer.ts'
import type { Connection } from './connections.ts'
import { type Progress, readFailure } from './failure.ts'
import { dispatchOptions } from './request.ts'
import type { Sign } from './signing.ts'

/** How an exchange left its connection: fit for the next, broken, or never come about. */
export type Ending = 'reusable' | 'broken' | 'unconnected'

/** What an exchange tells of the participant while it goes on. */
export interface ExchangeEvents {
  /** Time ran out before its turn came: it was not sent. */
  overdue(exchange: Exchange): void
  /** The participant answers, whatever it says. */
  answering(): void
  /** It is over, and its place is free. */
  over(exchange: Exchange, ending: Ending): void
}

/** What ends an answer that must not be read on. */
class Dropped extends Error {
  override readonly name = 'Dropped'
}

/**
 * One call over HTTP, from waiting for a connection to the end of the answer. It is answered once, at the
 * latest when its time is over. Its place is free once nothing of it is under way any more, which is later
 * if the time ran out amid connecting.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly call: Call
  readonly address: Address
  /** Whether the circuit breaker let it through to see whether the participant is back. */
  readonly isProbe: boolean
  readonly #clock: Clock
  readonly #events: ExchangeEvents
  readonly #resolve: (answer: CallAnswer) => void
  readonly #cancelTimeout: Cancel
  #stage: 'waiting' | Progress = 'waiting'
  #isAnswered = false
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(
    call: Call,
    address: Address,
    isProbe: boolean,
    clock: Clock,
    events: ExchangeEvents,
    resolve: (answer: CallAnswer) => void,
  ) {
    this.call = call
    this.address = address
    this.isProbe = isProbe
    this.#clock = clock
    this.#events = events
    this.#resolve = resolve
    this.#cancelTimeout = clock.after(call.timeoutMs, () => this.#timeOut())
  }

  /** Its turn has come. */
  begin({ client }: Connection, sign: Sign | undefined): void {
    this.#stage = 'connecting'
    try {
      client.dispatch(dispatchOptions(this.call, this.address, sign), this)
    } catch (thrown) {
      this.onResponseError(undefined, thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }

  /** Answers, unless that has happened, and stops what is under way. */
  end(answer: CallAnswer): void {
    if (this.#isAnswered) return
    this.#answer(answer)
    this.#controller?.abort(new Dropped('the answer is not read on'))
  }

  #answer(answer: CallAnswer): void {
    this.#isAnswered = true
    this.#cancelTimeout()
    this.#chunks = []
    this.#resolve(answer)
  }

  #timeOut(): void {
    if (this.#stage === 'waiting') this.#events.overdue(this)
    else this.end(unknown(overdue(this.#stage, this.call, this.address), this.#status || undefined))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Too late to matter: throwing here, before a byte is written, leaves the new connection to the next call.
    if (this.#isAnswered) throw new Dropped('the time of the call was over')
    this.#controller = controller
    this.#stage = 'sent'
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    this.#events.answering()
    this.#stage = 'answering'
    this.#status = status
    this.#headers = headers
    if (Number(headers['content-length']) > ANSWER_MAX_BYTES && this.call.method !== 'HEAD')
      this.#dropOverLong()
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > ANSWER_MAX_BYTES) this.#dropOverLong()
    else this.#chunks.push(chunk)
  }

  #dropOverLong(): void {
    this.end(unknown(`the answer is longer than ${ANSWER_MAX_BYTES} bytes`, this.#status))
  }

  onResponseEnd(): void {
    if (!this.#isAnswered) {
      const answer = { status: this.#status, headers: this.#headers, body: this.#body() }
      this.#answer(readAnswer(answer, this.call.phase, this.#clock.wall()))
    }
    this.#events.over(this, 'reusable')
  }

  #body(): Buffer {
    const [first] = this.#chunks
    return this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks)
  }

  onRequestUpgrade(
    _controller: unknown,
    _status: number,
    _headers: IncomingHttpHeaders,
    socket: Duplex,
  ): void {
    socket.destroy()
    this.onResponseError(undefined, new Error('the participant left HTTP'))
  }

  onResponseError(_controller: unknown, thrown: Error): void {
    const progress = this.#stage === 'waiting' ? 'connecting' : this.#stage
    const failure = readFailure(thrown, progress, this.address.origin)
    if (!this.#isAnswered) this.#answer(unknown(failure.error, this.#status || undefined))
    if (progress !== 'connecting') this.#events.over(this, 'broken')
    else this.#events.over(this, failure.connect && !(thrown instanceof Dropped) ? 'unconnected' : 'reusable')
  }
}

function overdue(progress: Progress, { timeoutMs }: Call, { origin }: Address): string {
  switch (progress) {
    case 'connecting':
      return `no connection to ${origin} within ${timeoutMs} ms`
    case 'sent':
      return `no answer from ${origin} within ${timeoutMs} ms`
    case 'answering':
      return `the answer of ${origin} was not complete within ${timeoutMs} ms`
  }
}
