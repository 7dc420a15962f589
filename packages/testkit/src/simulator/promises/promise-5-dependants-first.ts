import type { Json, Operation } from '@assent/contract'
import { MODE_ROWS, operationUrl, type Transaction, undoOperation } from '@assent/engine'
import type { Entry } from '../facts/fact.ts'
import { writerOf } from './history.ts'
import type { Checker, Ground } from './promise.ts'

/** Clocks drift: a try that waits for its time to be over may see it this share earlier. */
const DRIFT_SHARE = 0.1
/** And how far the times of two processes are apart at most, as each drifts between its heartbeats; milliseconds. */
const APART_MS = 150
/** A process that has just begun or woken may take the store's time from an answer that waited for it; milliseconds. */
const CONFUSED_MS = 4_000

/**
 * Dependants first: an undo starts when what came after its branch is undone and its own call has ended, every
 * repeat of it says the same, and no call of phase one starts behind the decision to abort.
 */
export class DependantsFirst implements Checker {
  private readonly ground: Ground
  private readonly told = new Map<string, string>()
  /** Branches that took effect and are not undone, by gid. */
  private readonly standing = new Map<string, Set<string>>()
  /** Processes that have sent the decision to abort, by gid. */
  private readonly aborting = new Map<string, Set<string>>()
  private readonly wokenAt = new Map<string, number>()
  /** Calls of phase one that a process still waits for; of a try the whole transaction knows, whoever drives it. */
  private readonly inFlight = new Map<
    string,
    { at: number; call: Entry<'call'>['call']; by: string; isTry: boolean }
  >()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    switch (entry.kind) {
      case 'handled':
        if (entry.took) this.noteEffect(entry)
        return
      case 'sent':
        if (entry.write.status === 'ABORTING') this.processesAborting(entry.write.gid).add(entry.by)
        return
      case 'process':
        if (entry.what === 'woken' || entry.what === 'opened') this.wokenAt.set(entry.by, entry.at)
        return
      case 'answer':
        this.inFlight.delete(`${entry.by}/${entry.id}`)
        return
      case 'call':
        this.checkCall(entry)
        return
      case 'conflict':
        // A decision that the store refused, because another has written since, is none.
        if (entry.before?.writeId !== entry.write.writeId)
          this.aborting.get(entry.write.gid)?.delete(processOf(entry.write.writeId))
        return
      case 'stored':
      case 'claimed':
        // A decision that never became durable is none: whoever drives on from here does not know it.
        if (!entry.row.status.startsWith('ABORT')) this.aborting.delete(entry.row.gid)
        if (
          entry.kind === 'claimed' ||
          writerOf(entry.before?.writeId ?? '') !== writerOf(entry.row.writeId)
        ) {
          this.forgetCalls(entry.row.gid)
        }
        return
      default:
        return
    }
  }

  end(): void {}

  private noteEffect({ gid, branchId, op }: Entry<'handled'>): void {
    const branches = this.standing.get(gid) ?? new Set<string>()
    this.standing.set(gid, branches)
    if (isUndo(op)) branches.delete(branchId)
    else branches.add(branchId)
  }

  private processesAborting(gid: string): Set<string> {
    const processes = this.aborting.get(gid) ?? new Set<string>()
    this.aborting.set(gid, processes)
    return processes
  }

  /** Whoever takes a transaction over knows nothing of the calls that were under way before, but of tries. */
  private forgetCalls(gid: string): void {
    for (const [key, { call, isTry }] of this.inFlight) {
      if (call.gid === gid && !isTry) this.inFlight.delete(key)
    }
  }

  private checkCall(entry: Entry<'call'>): void {
    const { call, by, id, at } = entry
    const { gid, op, branchId, phase } = call
    if (branchId === undefined) return
    if (phase === 'one') {
      if (this.aborting.get(gid)?.has(by) === true) {
        this.ground.violated(gid, `${by} called ${op} of ${branchId} behind its own decision to abort`)
      }
      const isTry = this.ground.history.last(gid)?.transaction.submitted === false
      this.inFlight.set(`${by}/${id}`, { at, call, by, isTry })
    }
    if (!isUndo(op)) return
    this.checkTold(entry)
    this.checkOwnCall(entry)
    const transaction = this.ground.history.last(gid)?.transaction
    if (transaction !== undefined) this.checkDependants(transaction, branchId, by)
  }

  private checkTold({ call }: Entry<'call'>): void {
    const { gid, branchId, op } = call
    const said = JSON.stringify([call.headers['assent-action-outcome'], call.body ?? null])
    const key = `${gid}/${branchId}/${op}`
    const before = this.told.get(key)
    if (before === undefined) this.told.set(key, said)
    else if (before !== said)
      this.ground.violated(gid, `${op} of ${branchId} was told ${before}, and now ${said}`)
  }

  private checkOwnCall({ call, by, at }: Entry<'call'>): void {
    for (const waiting of this.inFlight.values()) {
      if (waiting.call.gid !== call.gid || waiting.call.branchId !== call.branchId) continue
      if (waiting.by !== by && !waiting.isTry) continue
      const doubtMs = waiting.call.timeoutMs * DRIFT_SHARE + (waiting.by === by ? 0 : APART_MS)
      if (at >= waiting.at + waiting.call.timeoutMs - doubtMs) continue
      if (this.isConfused(by, waiting.at) || this.isConfused(waiting.by, waiting.at)) continue
      const whose = waiting.by === by ? 'its own' : `${waiting.by}'s`
      this.ground.violated(
        call.gid,
        `${by} called ${call.op} of ${call.branchId} amid ${whose} ${waiting.call.op}`,
      )
    }
  }

  /** Whether a process had only just begun, or woken. */
  private isConfused(process: string, at: number): boolean {
    return at < (this.wokenAt.get(process) ?? Number.NEGATIVE_INFINITY) + CONFUSED_MS
  }

  private checkDependants(transaction: Transaction, branchId: string, by: string): void {
    const { gid } = transaction
    const undo = undoOperation(transaction)
    for (const dependant of dependantsOf(transaction, branchId)) {
      if (dependant === branchId) continue
      const branch = transaction.branches.find((candidate) => candidate.request.branchId === dependant)
      const hasUndo = branch !== undefined && undo !== undefined && operationUrl(branch.request, undo) !== ''
      if (!hasUndo || this.standing.get(gid)?.has(dependant) !== true) continue
      // Branches that wait for each other in a circle can't be submitted, and have no order.
      if (dependantsOf(transaction, dependant).has(branchId)) continue
      this.ground.violated(gid, `${by} undid ${branchId} before ${dependant}, which comes after it`)
    }
  }
}

/** The process that made a write, in whichever of its incarnations. */
function processOf(writeId: string): string {
  return writerOf(writerOf(writeId))
}

function isUndo(op: Operation): boolean {
  return Object.values(MODE_ROWS).some((row) => row.undo === op)
}

/** Branches that come after this one, directly or through others: by name, by what they read, by list order. */
function dependantsOf(transaction: Transaction, branchId: string): Set<string> {
  const found = new Set<string>()
  const { branches, options } = transaction
  const ids = branches.map((branch) => branch.request.branchId)
  const open = [branchId]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const position = ids.indexOf(next)
    branches.forEach(({ request }, index) => {
      const isListed = (options.order === 'sequential' || request.pivot === true) && index > position
      const reads = readsOf(request.payload).includes(next) || readsOf(request.undoPayload).includes(next)
      if (!isListed && !reads && request.after?.includes(next) !== true) return
      if (found.has(request.branchId)) return
      found.add(request.branchId)
      open.push(request.branchId)
    })
  }
  return found
}

function readsOf(payload: Json | undefined): string[] {
  const amount = (payload as { amount?: { $result?: string } } | undefined)?.amount
  return amount?.$result === undefined ? [] : [amount.$result]
}
