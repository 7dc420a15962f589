import type { Call } from '@assent/engine'
import type { QueuedCommand, Said } from './message.ts'
import type { QueueSite } from './site.ts'

/** Whoever does what commands ask. False: nobody is there now. `reply` is called at most once, and not after a crash. */
export type Handler = (call: Call, reply: (said: Said) => void) => boolean

/** How soon a command is delivered again where whoever took it said nothing, milliseconds. */
const AGAIN_LEAST_MS = 100
const AGAIN_MOST_MS = 1_500

/**
 * The commands of one service. Each stays until its reply is kept and that it was dealt with is committed, and is
 * delivered again until then; those of one transaction one after another, or in any order.
 */
export class CommandQueue {
  private readonly site: QueueSite
  private readonly host: string
  private readonly isOrdered: boolean
  private readonly handle: Handler
  private readonly onReply: (command: QueuedCommand, said: Said) => void
  /** Commands in order; the first of each lane is the one that is under way. */
  private readonly lanes = new Map<string, QueuedCommand[]>()

  constructor(parts: {
    site: QueueSite
    host: string
    isOrdered: boolean
    handle: Handler
    onReply: (command: QueuedCommand, said: Said) => void
  }) {
    this.site = parts.site
    this.host = parts.host
    this.isOrdered = parts.isOrdered
    this.handle = parts.handle
    this.onReply = parts.onReply
  }

  get isEmpty(): boolean {
    return this.lanes.size === 0
  }

  keep(command: QueuedCommand): void {
    this.note('kept', command)
    const name = this.laneOf(command)
    const lane = this.lanes.get(name) ?? []
    this.lanes.set(name, lane)
    if (lane.push(command) === 1) this.deliver(command)
  }

  private laneOf({ id, call }: QueuedCommand): string {
    return this.isOrdered ? call.gid : id
  }

  private deliver(command: QueuedCommand): void {
    const { schedule, random, state } = this.site
    const again = schedule.after(random.between(AGAIN_LEAST_MS, AGAIN_MOST_MS), () => this.deliver(command))
    const isTaken =
      !state.isAway &&
      this.handle(command.call, (said) => {
        // A reply that can't be sent is none, and its command comes again.
        if (state.isAway) return
        again()
        this.onReply(command, said)
        this.finish(command)
      })
    if (isTaken) this.note('taken', command)
  }

  private finish(command: QueuedCommand): void {
    const { schedule, weather, random } = this.site
    if (weather.strikes('queue', 0.1)) {
      // Its offset was not committed, although its reply was sent.
      schedule.after(random.between(1, AGAIN_MOST_MS), () => this.deliver(command))
      return
    }
    const name = this.laneOf(command)
    const lane = this.lanes.get(name)
    if (lane?.[0] !== command) return
    lane.shift()
    const [next] = lane
    if (next === undefined) this.lanes.delete(name)
    else this.deliver(next)
  }

  private note(what: 'kept' | 'taken', { id, call }: QueuedCommand): void {
    const { gid, branchId, op } = call
    this.site.trace.add(this.host, { kind: 'command', what, id, gid, branchId, op })
  }
}
