import { StoreUnavailable } from '@assent/engine'
import type { Connections } from '../connections.ts'
import { CONNECT_MAX_MS } from './connect.ts'
import type { Session } from './session.ts'

/** What is beyond the connections that are kept is closed after resting so long. */
const IDLE_MAX_MS = 10_000

interface Waiter {
  take(session: Session): void
  fail(error: Error): void
}

/** A few connections, each made when it is needed, replaced when it fails or is old, and used by one at a time. */
export class Pool {
  private readonly open: () => Promise<Session>
  private readonly connections: Connections
  /** The last one that was used is the next: the others come to rest. */
  private readonly idle: { session: Session; since: number }[] = []
  private readonly waiters: Waiter[] = []
  private size = 0
  private isClosed = false
  private trimTimer: NodeJS.Timeout | undefined

  constructor(open: () => Promise<Session>, connections: Connections) {
    this.open = open
    this.connections = connections
  }

  /** Rejects when there is none to be had in time. */
  async acquire(): Promise<Session> {
    for (let resting = this.idle.pop(); resting !== undefined; resting = this.idle.pop()) {
      if (!this.isTooOld(resting.session)) {
        resting.session.rest(false)
        return resting.session
      }
      this.remove(resting.session)
    }
    return this.size < this.connections.max ? this.make() : this.wait()
  }

  /** Gives it back, with nothing on its way and no transaction begun. */
  release(session: Session): void {
    if (this.isClosed || !session.isUsable || this.isTooOld(session)) {
      this.remove(session)
      return
    }
    const waiter = this.waiters.shift()
    if (waiter !== undefined) {
      waiter.take(session)
      return
    }
    session.rest(true)
    this.idle.push({ session, since: performance.now() })
    this.trimLater()
  }

  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.trimTimer)
    for (const waiter of this.waiters.splice(0)) waiter.fail(new StoreUnavailable('the store is not open'))
    await Promise.all(this.idle.splice(0).map(({ session }) => session.close()))
  }

  private async make(): Promise<Session> {
    this.size += 1
    try {
      const session = await this.open()
      session.onBroken = () => this.forget(session)
      return session
    } catch (error) {
      this.hasRoom()
      throw error
    }
  }

  private wait(): Promise<Session> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        take(session) {
          clearTimeout(timer)
          resolve(session)
        },
        fail(error) {
          clearTimeout(timer)
          reject(error)
        },
      }
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1)
        reject(new StoreUnavailable(`none of ${this.size} connections was free for ${CONNECT_MAX_MS} ms`))
      }, CONNECT_MAX_MS)
      this.waiters.push(waiter)
    })
  }

  /** It broke while it rested: whoever uses one gives it back instead. */
  private forget(session: Session): void {
    const place = this.idle.findIndex((resting) => resting.session === session)
    if (place === -1) return
    this.idle.splice(place, 1)
    this.hasRoom()
  }

  private remove(session: Session): void {
    void session.close()
    this.hasRoom()
  }

  /** There is one less, so whoever waits longest makes his own. */
  private hasRoom(): void {
    this.size -= 1
    const waiter = this.waiters.shift()
    if (waiter !== undefined) this.make().then(waiter.take, waiter.fail)
  }

  private isTooOld(session: Session): boolean {
    return performance.now() - session.beganAt > this.connections.lifeMs
  }

  private trimLater(): void {
    if (this.trimTimer !== undefined || this.idle.length <= this.connections.idleMax) return
    this.trimTimer = setTimeout(() => this.trim(), IDLE_MAX_MS).unref()
  }

  /** Those that have rested longest are the first of the list. */
  private trim(): void {
    this.trimTimer = undefined
    const restedSince = performance.now() - IDLE_MAX_MS
    while (this.idle.length > this.connections.idleMax && (this.idle[0]?.since ?? 0) <= restedSince) {
      const resting = this.idle.shift()
      if (resting !== undefined) this.remove(resting.session)
    }
    this.trimLater()
  }
}
