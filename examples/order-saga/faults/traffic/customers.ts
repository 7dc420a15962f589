import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Told } from '../evidence/evidence.ts'
import type { Progress } from '../strikes/strike.ts'
import { drawOrder } from './draw-order.ts'

const ANSWER_TIMEOUT_MS = 5_000
const PAUSE_MS = 50
/** Ends of an order. */
const ENDS: readonly string[] = ['approved', 'cancelled']

/** Customers who order one thing after another, and watch each order until it has ended. */
export class Customers implements Progress {
  readonly told: Told[] = []
  /** Orders that ended, by how. */
  readonly endedAs = new Map<string, number>()
  /** Requests that were answered otherwise than 200, or not at all. */
  unanswered = 0
  readonly #url: string
  readonly #chance: () => number
  #underWay = 0

  constructor(url: string, chance: () => number) {
    this.#url = url
    this.#chance = chance
  }

  underWay(): number {
    return this.#underWay
  }

  ended(): number {
    return [...this.endedAs.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Orders until it is over, and watches the last order for so long at most. */
  async orderOn(isOver: () => boolean, restMs: number): Promise<void> {
    let lateMs = Number.POSITIVE_INFINITY
    const isLate = (): boolean => {
      if (isOver()) lateMs = Math.min(lateMs, performance.now() + restMs)
      return performance.now() > lateMs
    }
    while (!isOver()) {
      const orderId = await this.#order(isOver)
      if (orderId !== undefined) await this.#watch(orderId, isLate)
    }
  }

  /** Sends an order until it is accepted: one whose answer got lost stays one. Answers its id. */
  async #order(isOver: () => boolean): Promise<string | undefined> {
    const order = { body: JSON.stringify(drawOrder(this.#chance)), key: randomUUID() }
    while (!isOver()) {
      const orderId = (await this.#ask('/orders', order))?.order_id
      if (typeof orderId === 'string') return orderId
      await sleep(PAUSE_MS)
    }
    return undefined
  }

  async #watch(orderId: string, isLate: () => boolean): Promise<void> {
    const told: Told = { orderId, ends: [] }
    this.told.push(told)
    this.#underWay += 1
    try {
      while (!isLate()) {
        const status = (await this.#ask(`/orders/${orderId}`))?.status
        if (typeof status === 'string' && ENDS.includes(status)) {
          told.ends.push(status)
          this.endedAs.set(status, (this.endedAs.get(status) ?? 0) + 1)
          return
        }
        await sleep(PAUSE_MS)
      }
    } finally {
      this.#underWay -= 1
    }
  }

  /** What was answered 200; undefined for any other answer, and for none. */
  async #ask(
    path: string,
    order?: { body: string; key: string },
  ): Promise<Record<string, unknown> | undefined> {
    try {
      const response = await fetch(`${this.#url}${path}`, {
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        ...(order !== undefined && {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': order.key },
          body: order.body,
        }),
      })
      const answer = await response.json()
      if (response.status === 200) return answer as Record<string, unknown>
      if (response.status === 404) return undefined
    } catch {
      // Struck, or on its way back.
    }
    this.unanswered += 1
    return undefined
  }
}
