import { ClientClosedError, ClientOfflineError, createClient, ErrorReply } from 'redis'
import { AnswerLost, ErrorAnswer, NotSent } from './failures.ts'
import { type Access, type Address, wordsOf } from './options.ts'

export type Command = readonly string[]

/** As a server answers: text, numbers, nothing, and lists of them. */
export type Reply = string | number | null | readonly Reply[]

type Client = ReturnType<typeof clientOf>

/**
 * One life of a connection: commands go out at once, and replies come back in the same order. Nothing is ever sent
 * twice, and nothing waits for a connection.
 */
export class Session {
  /** Resolves with the cause once nothing can be sent any more. */
  readonly ended: Promise<Error>
  private readonly address: Address
  private readonly access: Access
  private readonly client: Client
  private readonly begunAt = performance.now()
  private outstanding = 0
  /** A socket that is not there yet can't be destroyed. */
  private hasSocket = false
  private isLast = false
  private cause: Error | undefined
  private tellEnded: (cause: Error) => void = () => {}

  private constructor(address: Address, access: Access) {
    this.address = address
    this.access = access
    this.client = clientOf(address, access)
    this.ended = new Promise((resolve) => {
      this.tellEnded = resolve
    })
    this.client.on('error', (error: Error) => this.end(error))
    this.client.on('connect', () => {
      this.hasSocket = true
      if (this.cause !== undefined) this.destroy()
    })
    // An open store that has nothing to do keeps no process alive.
    this.client.unref()
  }

  /** Connects and logs in. Rejects with the server's refusal, or with whatever stood in the way. */
  static async begin(address: Address, access: Access, isWaitedFor: boolean): Promise<Session> {
    const session = new Session(address, access)
    const { connectTimeoutMs } = access
    const timer = setTimeout(
      () => session.end(new Error(`no connection within ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    )
    if (!isWaitedFor) timer.unref()
    const connecting = session.client.connect()
    try {
      await Promise.race([connecting, session.ended.then((cause) => Promise.reject(cause))])
      return session
    } catch (error) {
      connecting.catch(() => {})
      session.end(error as Error)
      if (error instanceof ErrorReply) throw session.explained(error)
      throw new NotSent(`${wordsOf(address)} can not be reached: ${reasonOf(error as Error)}`, {
        cause: error,
      })
    } finally {
      clearTimeout(timer)
    }
  }

  get ageMs(): number {
    return performance.now() - this.begunAt
  }

  get isIdle(): boolean {
    return this.outstanding === 0
  }

  /** Rejects with ErrorAnswer, with NotSent, or with AnswerLost. */
  call(command: Command): Promise<Reply> {
    const { commandTimeoutMs } = this.access
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.end(new Error(`no answer within ${commandTimeoutMs} ms`)),
        commandTimeoutMs,
      )
      if (this.outstanding === 0) this.client.ref()
      this.outstanding += 1
      const done = (): void => {
        clearTimeout(timer)
        this.outstanding -= 1
        if (this.outstanding > 0) return
        if (this.isLast) this.end(new Error('the connection was closed'))
        else this.client.unref()
      }
      this.client.sendCommand<Reply>(command as string[]).then(
        (reply) => {
          done()
          resolve(reply)
        },
        (error: Error) => {
          done()
          reject(this.explained(error))
        },
      )
    })
  }

  /** Ends it as soon as all that was asked is answered. */
  endWhenIdle(): void {
    this.isLast = true
    if (this.isIdle) this.end(new Error('the connection was closed'))
  }

  /** Ends it at once: whatever was not answered is unknown. */
  end(cause: Error): void {
    if (this.cause !== undefined) return
    this.cause = cause
    if (this.hasSocket) this.destroy()
    this.tellEnded(cause)
  }

  private destroy(): void {
    try {
      this.client.destroy()
    } catch {
      // It had closed by itself.
    }
  }

  private explained(error: Error): Error {
    const where = wordsOf(this.address)
    if (error instanceof ErrorReply) return new ErrorAnswer(where, error.message, error)
    if (error instanceof ClientOfflineError || error instanceof ClientClosedError) {
      return new NotSent(`${where} is away: ${reasonOf(this.cause ?? error)}`, { cause: error })
    }
    const why = reasonOf(this.cause ?? error)
    return new AnswerLost(`the answer of ${where} was lost: ${why}`, { cause: error })
  }
}

/** Errors of several addresses have no message of their own. */
function reasonOf(error: Error & { code?: string }): string {
  return error.message || error.code || error.name
}

function clientOf({ host, port }: Address, { tls, connectTimeoutMs, ...access }: Access) {
  const { username, password, database } = access
  return createClient({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database,
    socket: {
      // Their order lets nothing in `tls` name another server.
      ...tls,
      ...(tls !== undefined && { tls: true as const }),
      host,
      port,
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: false,
    },
    disableOfflineQueue: true,
    disableClientInfo: true,
  })
}
