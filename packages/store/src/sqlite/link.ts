import { setTimeout } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { StoreUnavailable } from '@assent/engine'
import type { Method, Methods } from './messages.ts'
import type { Settings } from './open.ts'
import { RequestFailed, Session, SessionEnded } from './session.ts'

/** How long to wait before each attempt to open the database again, since it last kept something. */
const REOPEN_DELAYS_MS = [0, 50, 200, 500, 1_000, 2_000]

/** Whoever hears no answer to one of these does not know whether it happened. */
const CHANGING: ReadonlySet<Method> = new Set(['write', 'register', 'heartbeat', 'retire', 'claim', 'sweep'])

/** What shows, when it succeeds, that commits reach the disk; a claim or a sweep may have found nothing to do. */
const KEEPING: ReadonlySet<Method> = new Set(['write', 'register', 'heartbeat'])

export interface LinkOptions {
  createWorker(): Worker
  settings(isFirst: boolean): Settings
  /** The database could not be opened again: called once, and no call succeeds from then on. */
  onFatal(error: Error): void
}

/** The way to the database, across the lives of its worker. */
export class Link {
  private readonly options: LinkOptions
  private session: Promise<Session> | undefined
  private reopenings = 0
  /** Why the last that was to be kept was not. */
  private refusing: 'no room' | 'broken' | undefined

  constructor(options: LinkOptions) {
    this.options = options
  }

  /** Rejects with RequestFailed or SessionEnded. */
  async start(): Promise<void> {
    this.reopenings = 0
    this.refusing = undefined
    this.session = this.begin(true)
    try {
      await this.session
    } catch (error) {
      this.session = undefined
      throw error
    }
  }

  /**
   * Rejects with StoreUnavailable when nothing was written; with another error when that is unknown. By then
   * the old worker can write nothing more, so whoever reads back sees what counts.
   */
  async call<M extends Method>(
    method: M,
    ...args: Parameters<Methods[M]>
  ): Promise<Awaited<ReturnType<Methods[M]>>> {
    if (this.session === undefined) throw new StoreUnavailable('the store is not open')
    const session = await this.session
    try {
      const answer = await session.call(method, ...args)
      if (KEEPING.has(method)) this.hasKept(method)
      return answer
    } catch (error) {
      if (CHANGING.has(method)) this.refusing = error instanceof RequestFailed ? 'no room' : 'broken'
      const isKnown =
        error instanceof RequestFailed || (error instanceof SessionEnded && !CHANGING.has(method))
      throw isKnown ? new StoreUnavailable(error.message, { cause: error }) : error
    }
  }

  /** Whether what is written now would be kept: after a failure it takes more than an answer to say so. */
  async ping(): Promise<void> {
    if (this.refusing === 'broken') {
      throw new StoreUnavailable('the last write failed, and none has succeeded since')
    }
    if (this.refusing === undefined) return this.call('ping')
    await this.call('proveRoom')
    this.refusing = undefined
  }

  async stop(): Promise<void> {
    const current = this.session
    this.session = undefined
    const session = await current?.catch(() => undefined)
    // What was asked before is answered before.
    await session?.call('close').catch(() => {})
    await session?.terminate()
  }

  private hasKept(method: Method): void {
    this.reopenings = 0
    // A heartbeat changes a row in place, which works on a full disk as well.
    if (method === 'write' || this.refusing === 'broken') this.refusing = undefined
  }

  private async begin(isFirst: boolean): Promise<Session> {
    const session = new Session(this.options.createWorker())
    try {
      await session.call('open', this.options.settings(isFirst))
    } catch (error) {
      await session.terminate()
      throw error
    }
    void session.ended.then((cause) => {
      if (this.session === undefined) return
      this.session = this.beginAgain(cause)
      // Each call hears of it by itself.
      this.session.catch(() => {})
    })
    return session
  }

  private async beginAgain(cause: Error): Promise<Session> {
    let last: unknown = cause
    for (;;) {
      const delayMs = REOPEN_DELAYS_MS[this.reopenings]
      if (delayMs === undefined) throw this.giveUp(last)
      this.reopenings += 1
      await setTimeout(delayMs)
      try {
        return await this.begin(false)
      } catch (error) {
        last = error
      }
    }
  }

  private giveUp(cause: unknown): StoreUnavailable {
    const why = cause instanceof Error ? cause.message : String(cause)
    const error = new StoreUnavailable(`the database failed and could not be opened again: ${why}`, { cause })
    this.options.onFatal(error)
    return error
  }
}
