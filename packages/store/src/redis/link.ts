import { setTimeout } from 'node:timers/promises'
import { AnswerLost, NotSent } from './failures.ts'
import { type Access, type Address, wordsOf } from './options.ts'
import { type Command, type Reply, Session } from './session.ts'

/** How long to wait before a lost connection is made again; doubles up to the cap. */
const RECONNECT_FIRST_MS = 50
const RECONNECT_MAX_MS = 2_000
/** A connection that lived for so long was no mere attempt. */
const STEADY_MS = 5_000

/** The way to one server, across the lives of its connection. */
export class Link {
  readonly name: string
  readonly address: Address
  private readonly access: Access
  /** Called whenever its connection is lost. */
  onLost: () => void = () => {}
  private session: Session | undefined
  private isStopped = false
  private isReplacing = false
  private failures = 0
  private lastFailure = 'it was never connected'

  constructor(address: Address, access: Access) {
    this.address = address
    this.access = access
    this.name = wordsOf(address)
  }

  get isUp(): boolean {
    return this.session !== undefined
  }

  /** Rejects when it can't be connected now. */
  async start(): Promise<void> {
    this.take(await Session.begin(this.address, this.access, true))
  }

  /** Goes on trying until it is connected, or stopped. */
  startSoon(): void {
    void this.connectAgain()
  }

  /** Rejects with ErrorAnswer, with NotSent, or with AnswerLost. */
  call(command: Command): Promise<Reply> {
    const { session } = this
    if (session === undefined) return Promise.reject(this.away())
    if (session.ageMs > this.access.lifeMs && session.isIdle) void this.replace(session)
    return session.call(command)
  }

  /** A change, which a server that is asked to wait for its disk answers only then. */
  async change(command: Command): Promise<Reply> {
    if (!this.access.waitAof) return this.call(command)
    const answered = this.call(command)
    // Sooner than the connection is given up.
    const limitMs = Math.ceil(this.access.commandTimeoutMs / 2)
    // Sent at once behind it, so that it counts what the command wrote; 0 replicas are waited for.
    const synced = this.call(['WAITAOF', '1', '0', String(limitMs)])
    synced.catch(() => {})
    const reply = await answered
    const [copies] = (await synced.catch((cause: Error) => {
      throw new AnswerLost(`${this.name} did not say that it is on the disk: ${cause.message}`, { cause })
    })) as [number]
    if (copies < 1) throw new AnswerLost(`${this.name} did not write to its disk within ${limitMs} ms`)
    return reply
  }

  /** A command for keys that are on their way to this node of a cluster. */
  callAsking(command: Command): Promise<Reply> {
    // Nothing comes between the two.
    this.call(['ASKING']).catch(() => {})
    return this.call(command)
  }

  /** A change of keys that are on their way to this node of a cluster. */
  changeAsking(command: Command): Promise<Reply> {
    this.call(['ASKING']).catch(() => {})
    return this.change(command)
  }

  /** Whatever was asked before is answered before; nothing is asked any more. */
  async stop(): Promise<void> {
    this.isStopped = true
    const { session } = this
    this.session = undefined
    session?.endWhenIdle()
    await session?.ended
  }

  private away(): NotSent {
    return new NotSent(`${this.name} is away: ${this.isStopped ? 'the store is not open' : this.lastFailure}`)
  }

  private take(session: Session): void {
    if (this.isStopped) {
      session.endWhenIdle()
      return
    }
    this.session = session
    void session.ended.then((cause) => {
      if (this.session !== session) return
      this.session = undefined
      this.lastFailure = cause.message
      if (session.ageMs >= STEADY_MS) this.failures = 0
      void this.connectAgain()
      this.onLost()
    })
  }

  private async connectAgain(): Promise<void> {
    while (!this.isStopped && this.session === undefined) {
      const delayMs = Math.min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS * 2 ** Math.min(this.failures, 10))
      this.failures += 1
      await setTimeout(delayMs, undefined, { ref: false })
      if (this.isStopped) return
      try {
        this.take(await Session.begin(this.address, this.access, false))
      } catch (error) {
        this.lastFailure = (error as Error).message
      }
    }
  }

  private async replace(old: Session): Promise<void> {
    if (this.isReplacing) return
    this.isReplacing = true
    try {
      const fresh = await Session.begin(this.address, this.access, false)
      if (this.session === old) {
        this.take(fresh)
        old.endWhenIdle()
      } else {
        fresh.end(new Error('it came too late'))
      }
    } catch {
      // The old one is as good as it was.
    } finally {
      this.isReplacing = false
    }
  }
}
