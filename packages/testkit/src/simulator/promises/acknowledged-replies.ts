import type { Outcome } from '@assent/contract'
import { awaits, phaseOneOperation, type Transaction, undoOperation } from '@assent/engine'
import type { Entry } from '../facts/fact.ts'
import type { DurableVersion } from './history.ts'
import type { Ground } from './promise.ts'

/** A reply that a coordinator is dealing with. */
interface UnderWay {
  gid: string
  /** How many versions of its transaction were durable when it was given. */
  versions: number
  /** A weak store has set the transaction back meanwhile: what was read then is in no version. */
  isSetBack: boolean
}

/** What ends an operation. */
interface End {
  branchId: string | undefined
  op: Entry<'delivered'>['op']
  outcome: Outcome
}

/**
 * A reply that is acknowledged never comes again. So what it ended is durable by then and from then on; and one that
 * was taken for history, or for a transaction that nobody knows, answers nothing that is asked.
 */
export class AcknowledgedReplies {
  private readonly ground: Ground
  private readonly underWay = new Map<string, UnderWay>()
  /** What was acknowledged as ended, by gid. */
  private readonly ended = new Map<string, End[]>()
  private readonly swept = new Set<string>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    switch (entry.kind) {
      case 'delivered': {
        const { gid } = entry
        const versions = this.ground.history.of(gid).length
        this.underWay.set(keyOf(entry), { gid, versions, isSetBack: false })
        return
      }
      case 'given-back':
        this.underWay.delete(keyOf(entry))
        return
      case 'acknowledged': {
        const underWay = this.underWay.get(keyOf(entry))
        this.underWay.delete(keyOf(entry))
        if (underWay !== undefined) this.check(entry, underWay)
        return
      }
      case 'stored':
      case 'claimed':
        this.checkStill(entry.row.gid)
        return
      case 'went-back':
        for (const underWay of this.underWay.values()) underWay.isSetBack ||= underWay.gid === entry.to.gid
        return
      case 'swept':
        this.swept.add(entry.gid)
        return
      default:
        return
    }
  }

  private check(entry: Entry<'acknowledged'>, { versions, isSetBack }: UnderWay): void {
    const { gid, as, by } = entry
    switch (as) {
      case 'passed over':
        return
      case 'kept':
      case 'counted':
        this.noteEnd(entry)
        return
      case 'history': {
        const seen = this.ground.history.of(gid).slice(Math.max(0, versions - 1))
        if (isSetBack || seen.length === 0 || !seen.every((version) => isAskedFor(version, entry))) return
        this.ground.violated(
          gid,
          `${by} took the reply to ${nameOf(entry)} for history, and it was asked for`,
        )
        return
      }
      case 'unknown-transaction': {
        const last = this.ground.history.last(gid)
        if (last === undefined || this.swept.has(gid)) return
        if (awaits(last.transaction, entry.branchId, entry.op) === undefined) return
        this.ground.violated(gid, `${by} knew nothing of it when it was given the reply to ${nameOf(entry)}`)
      }
    }
  }

  private noteEnd(entry: Entry<'acknowledged'>): void {
    const { gid, branchId, op, outcome, by } = entry
    const transaction = this.ground.history.last(gid)?.transaction
    if (transaction !== undefined && !isEnd(transaction, entry)) return
    if (transaction === undefined || awaits(transaction, branchId, op) !== 'past') {
      this.ground.violated(
        gid,
        `${by} acknowledged that ${nameOf(entry)} is ${outcome}, and the store lacks it`,
      )
      return
    }
    const ended = this.ended.get(gid) ?? []
    this.ended.set(gid, ended)
    ended.push({ branchId, op, outcome })
  }

  private checkStill(gid: string): void {
    const transaction = this.ground.history.last(gid)?.transaction
    for (const end of this.ended.get(gid) ?? []) {
      if (transaction === undefined || awaits(transaction, end.branchId, end.op) === 'past') continue
      this.ground.violated(gid, `lost that ${nameOf(end)} is ${end.outcome}, which was acknowledged`)
    }
  }
}

function keyOf({ by, delivery }: Entry<'delivered' | 'acknowledged' | 'given-back'>): string {
  return `${by}/${delivery}`
}

function nameOf({ branchId, op }: { branchId: string | undefined; op: string }): string {
  return branchId === undefined ? op : `${op} of ${branchId}`
}

/** Behind the decision to abort phase one is open for as long as its call is waited for, and nobody asks again. */
function isAskedFor({ transaction }: DurableVersion, { branchId, op }: Entry<'acknowledged'>): boolean {
  if (transaction.status === 'ABORTING' && op !== undoOperation(transaction)) return false
  return awaits(transaction, branchId, op) === 'open'
}

/** Whether an answer ends its operation: what must finish can't be refused, and a query may not help. */
function isEnd(transaction: Transaction, { branchId, op, outcome }: End): boolean {
  if (outcome !== 'done' && outcome !== 'refused') return false
  const branch = transaction.branches.find(({ request }) => request.branchId === branchId)
  if (branch === undefined) return outcome === 'refused'
  return outcome === 'done' || op === phaseOneOperation(transaction, branch)
}
