import { setTimeout as sleep } from 'node:timers/promises'
import type { TransferRecord } from './record.ts'
import type { Body } from './requests.ts'

/** Longer than any wait that is asked for. */
const ANSWER_TIMEOUT_MS = 8_000
const PAUSE_MS = 100
/** A patient client outlasts any restart, also on a busy machine. */
const PATIENCE_MS = 45_000

export interface Reply {
  status: number
  body: { status?: string; code?: string; [field: string]: unknown }
}

/** Which answers a request may get: HTTP statuses, and codes of errors. */
export type Expected = readonly (number | string)[]

/**
 * Speaks to the coordinator for one transfer: what is answered goes into its record, and what is not answered,
 * or with 503, is asked again in the same words.
 */
export class Client {
  readonly #url: string
  readonly #record: TransferRecord

  constructor(url: string, record: TransferRecord) {
    this.#url = url
    this.#record = record
  }

  /** Undefined when there was no answer, or none that this request may get. */
  async post(path: string, body: Body, expected: Expected): Promise<Reply | undefined> {
    const begunAt = performance.now()
    while (performance.now() - begunAt < PATIENCE_MS) {
      const reply = await post(`${this.#url}${path}`, body)
      if (typeof reply === 'object' && reply.status !== 503) return this.#note(path, reply, expected)
      // Where nobody listened nothing was sent, and so nothing got lost.
      if (reply !== 'not sent') {
        this.#record.lostAnswers += 1
        if (!this.#record.transfer.patient) break
      }
      await sleep(PAUSE_MS)
    }
    this.#record.gaveUp = true
    return undefined
  }

  #note(path: string, reply: Reply, expected: Expected): Reply | undefined {
    const { status, body } = reply
    const isExpected = expected.some((each) => each === status || each === body.code)
    if (!isExpected) {
      this.#record.unexpected.push(`${path} answered ${status} ${JSON.stringify(body)}`)
      return undefined
    }
    if (status < 300) {
      this.#record.acknowledged = true
      // The answers to /branch/add and /branch/succeed tell of the branch.
      const ofTransaction = body.branch_id === undefined || body.branch_status !== undefined
      if (ofTransaction && body.status !== undefined) this.#record.statuses.push(body.status)
    }
    return reply
  }
}

/** `lost`: no answer came, or not all of it. `not sent`: nobody listens there. */
export async function post(
  url: string,
  body: unknown,
  headers: Body = {},
): Promise<Reply | 'lost' | 'not sent'> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(headers as Record<string, string>) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    return { status: response.status, body: (await response.json()) as Reply['body'] }
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string }
    return code === 'ECONNREFUSED' ? 'not sent' : 'lost'
  }
}
