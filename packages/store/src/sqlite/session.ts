import type { Worker } from 'node:worker_threads'
import type { FailureKind, Method, Methods, Reply, Request } from './messages.ts'

/** The worker answered that it could not. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed'
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string) {
    super(message)
    this.kind = kind
  }
}

/** The worker ended before it answered: what was asked may have happened or not. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded'
}

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** One life of the worker: requests go out, replies come back in whatever order. */
export class Session {
  /** Resolves once the thread has stopped, and with it its connection: nothing more of it can be written. */
  readonly ended: Promise<SessionEnded>
  private readonly worker: Worker
  private readonly pending = new Map<number, Pending>()
  private lastId = 0
  private cause: unknown
  private hasEnded = false

  constructor(worker: Worker) {
    this.worker = worker
    // An open store that has nothing to do keeps no process alive.
    worker.unref()
    worker.on('message', (reply: Reply) => this.take(reply))
    worker.on('error', (error) => {
      this.cause ??= error
    })
    worker.on('messageerror', (error) => {
      this.cause ??= error
      void worker.terminate()
    })
    this.ended = new Promise((resolve) => {
      worker.on('exit', () => resolve(this.end()))
    })
  }

  /** Rejects with RequestFailed or SessionEnded. */
  call<M extends Method>(
    method: M,
    ...args: Parameters<Methods[M]>
  ): Promise<Awaited<ReturnType<Methods[M]>>> {
    return new Promise((resolve, reject) => {
      if (this.hasEnded) throw new SessionEnded('the worker has ended')
      this.lastId += 1
      const request: Request = { id: this.lastId, method, args }
      this.worker.postMessage(request)
      if (this.pending.size === 0) this.worker.ref()
      this.pending.set(request.id, { resolve: resolve as (value: unknown) => void, reject })
    })
  }

  /** Stops the thread at once. */
  async terminate(): Promise<void> {
    await this.worker.terminate()
    await this.ended
  }

  private take(reply: Reply): void {
    if ('failure' in reply && reply.failure === 'broken') {
      // Whoever hears of it will read back, so it is told when the thread has stopped.
      this.cause ??= new Error(reply.message)
      return
    }
    const pending = this.pending.get(reply.id)
    this.pending.delete(reply.id)
    if (this.pending.size === 0) this.worker.unref()
    if ('failure' in reply) pending?.reject(new RequestFailed(reply.failure, reply.message))
    else pending?.resolve(reply.value)
  }

  private end(): SessionEnded {
    this.hasEnded = true
    const why = this.cause instanceof Error ? `: ${this.cause.message}` : ''
    const error = new SessionEnded(`the database's worker ended${why}`, { cause: this.cause })
    for (const { reject } of this.pending.values()) reject(error)
    this.pending.clear()
    return error
  }
}
