import type { Status } from '@assent/contract'
import type { Transaction } from '@assent/engine'
import type { Asked, Told } from '../clients/asked.ts'
import type { Entry } from '../facts/fact.ts'
import { AcknowledgedReplies } from './acknowledged-replies.ts'
import type { Checker, Ground } from './promise.ts'

/**
 * Accepted means kept: what a client was told is durable when it is told, no older than its question whichever
 * coordinator was asked, and still there at the end; and what a broker was told is done with is durable as well.
 */
export class AcceptedMeansKept implements Checker {
  private readonly ground: Ground
  private readonly replies: AcknowledgedReplies
  private readonly askedAt = new Map<string, number>()
  /** Branches that clients were told are registered, and how they were told a report was taken. */
  private readonly branches = new Map<string, Set<string>>()

  constructor(ground: Ground) {
    this.ground = ground
    this.replies = new AcknowledgedReplies(ground)
  }

  see(entry: Entry): void {
    this.replies.see(entry)
    if (entry.kind === 'asked') this.askedAt.set(`${entry.by}/${entry.ask}`, entry.at)
    if (entry.kind !== 'told' || entry.answer.kind === 'error') return
    const askedAt = this.askedAt.get(`${entry.by}/${entry.ask}`) ?? 0
    this.check(entry.request, entry.answer, askedAt)
  }

  end(): void {
    const { history } = this.ground
    for (const [gid, branchIds] of this.branches) {
      const kept = history.last(gid)?.transaction.branches.map((branch) => branch.request.branchId) ?? []
      for (const branchId of branchIds) {
        if (!kept.includes(branchId))
          this.ground.violated(gid, `lost branch ${branchId}, which was acknowledged`)
      }
    }
  }

  private check(asked: Asked, told: Told, askedAt: number): void {
    switch (told.kind) {
      case 'accepted':
      case 'standing':
      case 'decided':
        this.checkStatus(told.value.gid, told.value.status, asked.what, askedAt)
        this.checkDone(asked)
        return
      case 'view':
        this.checkStatus(told.value.gid, told.value.status, asked.what, askedAt)
        return
      case 'views':
        for (const view of told.value) this.checkStatus(view.gid, view.status, asked.what, askedAt)
        return
      case 'event':
        this.checkEvent(told.value.gid, told.version, told.value.status)
        return
      case 'ended':
        for (const { gid, status } of told.value.ended) this.checkStatus(gid, status, asked.what, askedAt)
        return
      case 'branch':
      case 'tried':
        this.checkDone(asked)
        return
      case 'events-ended':
      case 'error':
        return
    }
  }

  private checkStatus(gid: string, status: Status, what: string, askedAt: number): void {
    const versions = this.ground.history.of(gid)
    const asked = versions.findLastIndex((version) => version.at < askedAt)
    if (versions.slice(Math.max(0, asked)).some((version) => version.status === status)) return
    const why = versions.some((version) => version.status === status)
      ? `and it had been ${versions[asked]?.status} before that was asked`
      : 'which the store never held'
    this.ground.violated(gid, `a client was told ${status} by ${what}, ${why}`)
  }

  private checkEvent(gid: string, number: number, status: Status): void {
    const versions = this.ground.history.of(gid).filter((version) => version.row.version === number)
    if (versions.some((version) => version.status === status)) return
    this.ground.violated(gid, `a stream showed version ${number} as ${status}, which the store never held`)
  }

  /** What was asked for and acknowledged is in the durable state. */
  private checkDone(asked: Asked): void {
    if (!('gid' in asked.request)) return
    const { gid } = asked.request
    const transaction = this.ground.history.last(gid)?.transaction
    const missing = transaction === undefined ? 'the transaction' : this.missing(transaction, asked)
    if (missing !== undefined)
      this.ground.violated(gid, `${asked.what} was acknowledged, and the store lacks ${missing}`)
  }

  private missing(transaction: Transaction, asked: Asked): string | undefined {
    const { gid, status, submitted } = transaction
    switch (asked.what) {
      case 'run':
      case 'submit':
      case 'confirm':
        return submitted || status === 'ABORTED' ? undefined : 'the submit'
      case 'abort':
      case 'cancel':
        return status === 'ABORTING' || status === 'ABORTED' ? undefined : 'the decision to abort'
      case 'add':
      case 'try': {
        const { branchId } = asked.request.branch
        const branchIds = this.branches.get(gid) ?? new Set<string>()
        this.branches.set(gid, branchIds.add(branchId))
        return transaction.branches.some((branch) => branch.request.branchId === branchId)
          ? undefined
          : branchId
      }
      case 'report': {
        const { branchId, outcome } = asked.request
        const known = transaction.branches.find((branch) => branch.request.branchId === branchId)
        const isTold = known !== undefined && SAID[outcome].has(known.status)
        return isTold ? undefined : `that ${branchId} is ${outcome}`
      }
      default:
        return undefined
    }
  }
}

/** What a branch may have become since it was reported. */
const SAID: Readonly<Record<'done' | 'refused', ReadonlySet<string>>> = {
  done: new Set(['SUCCEED', 'CONFIRMED', 'COMPENSATED']),
  refused: new Set(['FAILED', 'COMPENSATED']),
}
