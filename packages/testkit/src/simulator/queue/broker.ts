import type { Random } from '../../time/random.ts'
import type { Schedule } from '../../time/schedule.ts'
import type { Weather } from '../chaos/weather.ts'
import type { Trace } from '../facts/trace.ts'
import { CommandQueue, type Handler } from './commands.ts'
import type { QueuedCommand, QueuedReply, Said } from './message.ts'
import { ReplyQueue } from './replies.ts'
import type { QueueSite } from './site.ts'

/** How the coordinators of one world deal with replies. */
export interface ReplyManners {
  /** Replies are asked for where the caller reads itself, as far as it reads anywhere. */
  callsHome: boolean
  /** Replies that one coordinator deals with at once. */
  atOnce: number
  /** How long a call that was answered may take to say whether that was kept, milliseconds. */
  keptWaitMs: number
}

/** After how long a coordinator that is not heard of loses its partitions, milliseconds. */
const SESSIONS_MS = [150, 600, 2_000]

/**
 * A message broker: what it has taken it keeps, whatever crashes, and delivers at least once. It may be away; then
 * nothing is taken from it and nothing given to it.
 */
export class SimulatedBroker {
  readonly replies: ReplyQueue
  readonly manners: ReplyManners
  private readonly site: QueueSite
  private readonly commands: ReadonlyMap<string, CommandQueue>
  private repliesKept = 0

  constructor(
    parts: { schedule: Schedule; weather: Weather; random: Random; trace: Trace },
    handlers: ReadonlyMap<string, Handler>,
  ) {
    const site = { ...parts, state: { isAway: false } }
    const { random } = site
    this.site = site
    this.manners = {
      callsHome: random.chance(0.4),
      atOnce: random.pick([2, 10, 1_000]),
      keptWaitMs: random.pick([30, 1_000, 10_000]),
    }
    this.replies = new ReplyQueue(site, random.pick(SESSIONS_MS))
    const onReply = (command: QueuedCommand, said: Said): void => this.reply(command, said)
    this.commands = new Map(
      [...handlers].map(([host, handle]) => {
        const isOrdered = random.chance(0.5)
        return [host, new CommandQueue({ site, host, isOrdered, handle, onReply })]
      }),
    )
  }

  get isAway(): boolean {
    return this.site.state.isAway
  }

  /** Nothing is left that somebody would still be given. */
  get isDrained(): boolean {
    return this.replies.isDrained && [...this.commands.values()].every((queue) => queue.isEmpty)
  }

  goAway(): void {
    if (this.isAway) return
    this.site.state.isAway = true
    this.site.trace.add('broker', { kind: 'process', what: 'crashed' })
  }

  /** Whoever was connected comes back as if new. */
  comeBack(): void {
    if (!this.isAway) return
    this.site.state.isAway = false
    this.site.trace.add('broker', { kind: 'process', what: 'started' })
    this.replies.rebalance()
  }

  /** Takes a command, and keeps it from here on. False: it is away. */
  take(host: string, command: QueuedCommand): boolean {
    if (this.isAway) return false
    const queue = this.commands.get(host)
    if (queue === undefined) throw new Error(`nobody reads the commands for ${host}`)
    queue.keep(command)
    return true
  }

  /** A service says how something ended with which it went on, and of which no command waits any more. */
  tell(said: Omit<QueuedReply, 'id' | 'commandId'>): void {
    this.send({ ...said, commandId: '' }, undefined)
  }

  private reply({ id: commandId, call, replyTo }: QueuedCommand, said: Said): void {
    const { gid, branchId, op } = call
    this.send({ commandId, gid, branchId, op, said }, replyTo)
  }

  /** A reply on its way into the queue may come late, and twice. */
  private send(reply: Omit<QueuedReply, 'id'>, partition: number | undefined): void {
    const { schedule, weather } = this.site
    const { delayMs, repeatMs } = weather.passage()
    const keep = (): void => {
      this.repliesKept += 1
      this.replies.keep({ ...reply, id: this.repliesKept }, partition)
    }
    schedule.after(delayMs, keep)
    if (repeatMs !== undefined) schedule.after(delayMs + repeatMs, keep)
  }
}
