import type { Random } from '../../time/random.ts'
import type { Schedule } from '../../time/schedule.ts'
import type { Weather } from '../chaos/weather.ts'
import type { CoordinatorNode } from '../coordinators/node.ts'
import type { Asked, Told } from './asked.ts'

/** How often a client repeats a request whose answer it did not get. */
const TRIES_MAX = 12

/** A client's way to the coordinators: any of them, over the same bad network. */
export class Line {
  private readonly nodes: readonly CoordinatorNode[]
  private readonly schedule: Schedule
  private readonly weather: Weather
  private readonly random: Random

  constructor(parts: {
    nodes: readonly CoordinatorNode[]
    schedule: Schedule
    weather: Weather
    random: Random
  }) {
    this.nodes = parts.nodes
    this.schedule = parts.schedule
    this.weather = parts.weather
    this.random = parts.random
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule.after(ms, resolve)
    })
  }

  /** Asks one coordinator once. Undefined: no answer came in time. */
  ask(asked: Asked, timeoutMs: number): Promise<Told | undefined> {
    return new Promise((resolve) => {
      const cancel = this.schedule.after(timeoutMs, () => resolve(undefined))
      this.send(asked, (told) => {
        cancel()
        resolve(told)
      })
    })
  }

  /** Asks until something is answered that does not leave it open: undefined when it gives up. */
  async settle(asked: Asked, timeoutMs: number): Promise<Told | undefined> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const told = await this.ask(asked, timeoutMs)
      const isOpen = told === undefined || (told.kind === 'error' && told.code === 'STORE_UNAVAILABLE')
      if (!isOpen) return told
      if (this.weather.strikes('clients', 0.1)) return undefined
      await this.sleep(this.random.between(20, 600))
    }
    return undefined
  }

  private send(asked: Asked, reply: (told: Told) => void): void {
    const node = this.random.pick(this.nodes)
    const there = this.weather.passage()
    const deliver = (answer: (told: Told) => void): void => {
      node.receive(asked, (told) => {
        const back = this.weather.passage()
        if (!back.isLost) this.schedule.after(back.delayMs, () => answer(told))
      })
    }
    if (!there.isLost) this.schedule.after(there.delayMs, () => deliver(reply))
    if (there.repeatMs !== undefined) {
      this.schedule.after(there.delayMs + there.repeatMs, () => deliver(() => {}))
    }
  }
}
