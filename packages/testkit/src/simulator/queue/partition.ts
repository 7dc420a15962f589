import type { SimulatedProcess } from '../../time/process.ts'
import type { QueuedReply } from './message.ts'
import type { QueueSite } from './site.ts'

/** One coordinator as the group knows it. */
export interface Member {
  readonly process: SimulatedProcess
  /** Deals with a reply; where it rejects, the reply comes again. */
  handle(reply: QueuedReply): Promise<void>
}

/** How long a reply waits that was not dealt with, milliseconds; it doubles. */
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000

/**
 * One partition of the replies. Whoever holds it is given all that is not committed, side by side; what was dealt with
 * counts as committed up to the first that was not, and only by the word of its present holder.
 */
export class Partition {
  private readonly site: QueueSite
  private readonly replies: QueuedReply[] = []
  private readonly settled = new Set<number>()
  private committed = 0
  private generation = 0
  private member: Member | undefined

  constructor(site: QueueSite) {
    this.site = site
  }

  get holder(): Member | undefined {
    return this.member
  }

  get isDrained(): boolean {
    return this.committed === this.replies.length
  }

  keep(reply: QueuedReply): void {
    this.deliver(this.replies.push(reply) - 1, 0)
  }

  /** Whatever its holder was, it is this member now: from the first that is not committed, all is delivered again. */
  assign(member: Member | undefined): void {
    this.generation += 1
    this.member = member
    this.settled.clear()
    for (let index = this.committed; index < this.replies.length; index++) this.deliver(index, 0)
  }

  private deliver(index: number, pauseMs: number): void {
    const { site, member, generation } = this
    const reply = this.replies[index]
    if (member === undefined || reply === undefined) return
    site.schedule.after(pauseMs + site.random.between(0.2, 5), () => {
      if (this.generation !== generation || site.state.isAway) return
      const next = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * pauseMs))
      // One that stands still deals with it when it wakes, whoever holds the partition then.
      member.process.receive(() => {
        member.handle(reply).then(
          () => this.settle(index, generation),
          () => {
            if (this.generation === generation) this.deliver(index, next)
          },
        )
      })
    })
  }

  /** Its holder says that it was dealt with; the word may get lost, and then it is delivered again. */
  private settle(index: number, generation: number): void {
    const { schedule, random, weather, state } = this.site
    if (weather.strikes('queue', 0.1)) return
    schedule.after(random.between(0.2, 5), () => {
      if (this.generation !== generation || state.isAway) return
      this.settled.add(index)
      while (this.settled.delete(this.committed)) this.committed += 1
    })
  }
}
