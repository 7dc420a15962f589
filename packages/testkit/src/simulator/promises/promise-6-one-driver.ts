import type { Entry } from '../facts/fact.ts'
import { writerOf } from './history.ts'
import type { Checker, Ground } from './promise.ts'

/**
 * One driver: a write counts only on top of the version that its writer meant, an incarnation whose lease has run
 * out neither calls nor writes nor comes back, and whoever is the driver drives: it takes no write of its own for
 * another's, and leaves nothing that it owns undriven unless the store's answers got lost.
 */
export class OneDriver implements Checker {
  private readonly ground: Ground
  /** The version that each write was meant for, as its coordinator sent it. */
  private readonly meant = new Map<string, number>()
  private readonly leases = new Map<string, number>()
  private readonly incarnations = new Map<string, string>()
  /** Processes that have not heard what became of a write or a claim. */
  private readonly losers = new Set<string>()
  /** Rows that a weak store has set back. */
  private readonly setBack = new Set<string>()
  private readonly applications = new Map<string, string>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    switch (entry.kind) {
      case 'lease':
        this.noteLease(entry)
        return
      case 'observed':
        this.noteObserved(entry)
        return
      case 'lost':
        if (entry.what === 'write' || entry.what === 'claim') this.losers.add(entry.by)
        return
      case 'went-back':
        this.setBack.add(entry.to.gid)
        return
      case 'sent':
        this.noteSent(entry)
        return
      case 'stored':
        this.checkFence(entry)
        return
      case 'call':
        this.checkCall(entry)
        return
      case 'application':
        this.applications.set(entry.by, entry.application)
        return
      default:
        return
    }
  }

  end(): void {}

  private noteObserved({ observation, by }: Entry<'observed'>): void {
    switch (observation.kind) {
      case 'incarnation':
        this.incarnations.set(by, observation.incarnation)
        return
      case 'ownership-lost':
        this.checkLoss(observation.gid, by)
        return
      case 'left-undriven':
        if (this.losers.has(by) || this.setBack.has(observation.gid)) return
        this.ground.violated(observation.gid, `${by} owned it and did not drive it, and had heard all`)
        return
      default:
        return
    }
  }

  /** What the process itself wrote last can not have been taken over by another. */
  private checkLoss(gid: string, by: string): void {
    const last = this.ground.history.last(gid)
    if (last === undefined || last.isClaim || last.writer !== this.incarnations.get(by)) return
    this.ground.violated(gid, `${by} took its own write ${last.row.writeId} for another's`)
  }

  private noteLease({ what, incarnation, until, at }: Entry<'lease'>): void {
    if (what === 'refused') return
    if (what === 'registered' && this.leases.has(incarnation)) {
      this.ground.violated('', `${incarnation} was registered twice`)
    }
    if (what === 'renewed' && !this.isHeld(incarnation, at)) {
      this.ground.violated('', `${incarnation} was renewed after its lease had run out`)
    }
    this.leases.set(incarnation, until)
  }

  private isHeld(incarnation: string, at: number): boolean {
    return at < (this.leases.get(incarnation) ?? Number.NEGATIVE_INFINITY)
  }

  private checkCall({ call, by, at }: Entry<'call'>): void {
    const { gid, op } = call
    if (!this.isHeld(this.incarnations.get(by) ?? '', at)) {
      this.ground.violated(gid, `${by} called ${op} without a lease`)
    }
    const durable = this.ground.history.last(gid)?.transaction
    // A try is called by whoever it was asked of.
    if (durable === undefined || !durable.submitted || durable.application === '') return
    if (durable.application === this.applications.get(by)) return
    this.ground.violated(gid, `${by} called ${op}, and can't call the functions of ${durable.application}`)
  }

  private noteSent({ write, by, at }: Entry<'sent'>): void {
    this.meant.set(write.writeId, write.expect)
    if (this.isHeld(writerOf(write.writeId), at)) return
    this.ground.violated(write.gid, `${by} sent write ${write.writeId} after its lease had run out`)
  }

  private checkFence({ write, before, row }: Entry<'stored'>): void {
    const meant = this.meant.get(write.writeId)
    const found = before?.version ?? 0
    if (meant === found && row.version === found + 1) return
    this.ground.violated(
      row.gid,
      `write ${write.writeId} was meant for version ${meant ?? 'unknown'} and counted on top of ${found}`,
    )
  }
}
