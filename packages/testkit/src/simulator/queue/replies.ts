import type { QueuedReply } from './message.ts'
import { type Member, Partition } from './partition.ts'
import type { QueueSite } from './site.ts'

const PARTITIONS = 4
/** How far partitions move at most, in members of the group. */
const SHIFT_MAX = 7
/** How often the group is looked at, milliseconds. */
const LOOK_MS = 50

/**
 * The replies for all coordinators, who share its partitions as one group: whoever crashes, stands still for too long
 * or leaves has them taken away, and whatever was not committed is delivered to another.
 */
export class ReplyQueue {
  private readonly site: QueueSite
  private readonly sessionMs: number
  private readonly partitions: readonly Partition[]
  /** Those that have joined and not left, with when they were last heard of. */
  private readonly heardAt = new Map<Member, number>()
  private group: readonly Member[] = []

  constructor(site: QueueSite, sessionMs: number) {
    this.site = site
    this.sessionMs = sessionMs
    this.partitions = Array.from({ length: PARTITIONS }, () => new Partition(site))
    this.look()
  }

  get isDrained(): boolean {
    return this.partitions.every((partition) => partition.isDrained)
  }

  join(member: Member): void {
    this.heardAt.set(member, this.site.schedule.now)
  }

  leave(member: Member): void {
    this.heardAt.delete(member)
  }

  /** A partition that this member holds now, for replies that are to come home. */
  homeOf(member: Member): number | undefined {
    const position = this.partitions.findIndex(({ holder }) => holder === member)
    return position < 0 ? undefined : position
  }

  keep(reply: QueuedReply, partition: number | undefined): void {
    const { gid, branchId, op, said } = reply
    this.site.trace.add('broker', { kind: 'reply', id: reply.id, gid, branchId, op, outcome: said.outcome })
    this.partitions[partition ?? hashOf(reply.gid) % PARTITIONS]?.keep(reply)
  }

  /** Every partition changes hands, or at least is begun anew. */
  rebalance(): void {
    const { random, trace } = this.site
    const { group } = this
    const shift = random.whole(0, SHIFT_MAX)
    this.partitions.forEach((partition, position) => {
      partition.assign(group[(position + shift) % Math.max(1, group.length)])
    })
    const holders = this.partitions.map(({ holder }) => holder?.process.name ?? 'nobody')
    trace.add('broker', { kind: 'group', holders })
  }

  private look(): void {
    const { schedule, state } = this.site
    const { now } = schedule
    for (const [member, heardAt] of this.heardAt) {
      const { alive, paused } = member.process
      if (alive && !paused && !state.isAway) this.heardAt.set(member, now)
      else if (!alive && now - heardAt > this.sessionMs) this.heardAt.delete(member)
    }
    const group = [...this.heardAt].filter(([, heardAt]) => now - heardAt <= this.sessionMs)
    const members = group.map(([member]) => member)
    const isSame =
      members.length === this.group.length && members.every((member) => this.group.includes(member))
    if (!isSame && !state.isAway) {
      this.group = members
      this.rebalance()
    }
    schedule.after(LOOK_MS, () => this.look())
  }
}

function hashOf(gid: string): number {
  let hash = 0
  for (const letter of gid) hash = (hash * 31 + letter.charCodeAt(0)) % 65_536
  return hash
}
