import { setTimeout as sleep } from 'node:timers/promises'
import { seededChance } from '../../src/faults.ts'
import { type Exchanged, get, post, type Reply } from './exchange.ts'
import type { TransferRecord } from './record.ts'
import type { Body } from './requests.ts'
import type { Surroundings } from './surroundings.ts'
import { watch } from './watch.ts'

const PAUSE_MS = 100
/** A patient client outlasts any restart, also on a busy machine. */
const PATIENCE_MS = 45_000
/** How often a client turns to another coordinator: for no reason, and after it got no answer. */
const TURNS_AWAY = { freely: 0.3, unanswered: 0.5 }

/** Which answers a request may get: HTTP statuses, and codes of errors. */
export type Expected = readonly (number | string)[]

/**
 * Speaks to the coordinators for one transfer: what is answered goes into its record, and what is not answered,
 * or with 503, is asked again in the same words, of the same coordinator or of another.
 */
export class Client {
  readonly #around: Surroundings
  readonly #record: TransferRecord
  readonly #chance: () => number
  #turn: number
  #last: string | undefined

  constructor(around: Surroundings, record: TransferRecord) {
    this.#around = around
    this.#record = record
    this.#chance = seededChance(record.transfer.route)
    this.#turn = Math.floor(this.#chance() * around.coordinators.length)
  }

  /** Undefined when there was no answer, or none that this request may get. */
  post(path: string, body: Body, expected: Expected): Promise<Reply | undefined> {
    return this.#ask(path, expected, (url) => post(url, body))
  }

  get(path: string, expected: Expected): Promise<Reply | undefined> {
    return this.#ask(path, expected, get)
  }

  /** Reads the event stream to its end, at another coordinator wherever it breaks off. */
  async watch(): Promise<void> {
    const { gid } = this.#record.transfer
    const path = `/api/tx/${gid}/events`
    await this.#ask(path, [200], async (url) => {
      const askedAtMs = performance.now()
      return watch(url, (status) => this.#saw(status, new URL(url).origin, askedAtMs))
    })
  }

  async #ask(
    path: string,
    expected: Expected,
    exchange: (url: string) => Promise<Exchanged>,
  ): Promise<Reply | undefined> {
    const begunAt = performance.now()
    this.#turnAway(TURNS_AWAY.freely)
    while (performance.now() - begunAt < PATIENCE_MS) {
      const url = this.#coordinator()
      const askedAtMs = performance.now()
      const reply = await this.#around.traffic.through(url, () => exchange(`${url}${path}`))
      if (typeof reply === 'object' && reply.status !== 503) {
        return this.#note({ path, url, askedAtMs, reply, expected })
      }
      // Where nobody listened nothing was sent, and so nothing got lost.
      if (reply !== 'not sent') {
        this.#record.lostAnswers += 1
        if (!this.#record.transfer.patient) break
      }
      this.#turnAway(TURNS_AWAY.unanswered)
      await sleep(PAUSE_MS)
    }
    this.#record.gaveUp = true
    return undefined
  }

  #turnAway(probability: number): void {
    if (this.#chance() < probability) this.#turn += 1
  }

  #coordinator(): string {
    const { coordinators } = this.#around
    const url = coordinators[this.#turn % coordinators.length] ?? ''
    if (this.#last !== undefined && this.#last !== url) this.#record.askedElsewhere += 1
    this.#last = url
    return url
  }

  #note(asked: {
    path: string
    url: string
    askedAtMs: number
    reply: Reply
    expected: Expected
  }): Reply | undefined {
    const { path, url, askedAtMs, reply, expected } = asked
    const { status, body } = reply
    const isExpected = expected.some((each) => each === status || each === body.code)
    if (!isExpected) {
      this.#record.unexpected.push(`${path} answered ${status} ${JSON.stringify(body)}`)
      return undefined
    }
    if (status < 300) {
      this.#record.acknowledged = true
      this.#around.traffic.acknowledged(url)
      // The answers to /branch/add and /branch/succeed tell of the branch.
      const ofTransaction = body.branch_id === undefined || body.branch_status !== undefined
      if (ofTransaction && body.status !== undefined) this.#saw(body.status, url, askedAtMs)
    }
    return reply
  }

  /** A 2xx took a decision of the client's, whatever else it says. */
  decided(decision: 'commit' | 'abort'): void {
    this.#saw(decision === 'commit' ? 'COMMITTING' : 'ABORTING', this.#last ?? '', 0)
  }

  #saw(status: string, url: string, askedAtMs: number): void {
    this.#around.sightings.note(this.#record.transfer.gid, { status, by: `a client at ${url}`, askedAtMs })
  }
}
