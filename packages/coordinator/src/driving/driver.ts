import { isEnded } from '@assent/contract'
import {
  awaits,
  columnsOf,
  type Due,
  type DueCall,
  type Event,
  phaseOneOperation,
  type Transaction,
  type TransactionWrite,
  type WriteAnswer,
} from '@assent/engine'
import type { Writable } from '../writing/writer.ts'
import { Cancellation, NEVER_RAISED } from './cancellation.ts'
import type { Driven, DriverHost } from './host.ts'
import { OwnershipLost } from './ownership-lost.ts'
import { writeState } from './state.ts'

/** States that were sent as one version and may have been stored, where the answer got lost. */
const SENT_MAX = 16

/** How long a state that the store can't hold waits before it is tried again. */
const INVALID_RETRY_MS = 60_000

/**
 * Drives one transaction: what is due → call → advance → write → go on.
 *
 * `newest` is what this process knows; `durable` is what the store has acknowledged, and all that anybody is
 * told. While a decision is not durable, no call starts.
 */
export class Driver implements Writable, Driven {
  readonly gid: string
  wakeAt = 0
  wakeIndex = -1
  /** Position in time of each state: `newest` is `sequence`, the store has `durableSequence`. */
  private sequence = 0
  private durableSequence = 0
  private decidedSequence = 0
  private readonly host: DriverHost
  private readonly incarnation: string
  private newest: Transaction
  private durableState: Transaction
  private durableVersion: number
  private isQueued = false
  private isParking = false
  private isReleased = false
  private isDropped = false
  private unholdable: string | undefined
  private inFlight = 0
  private cancellation: Cancellation | undefined
  private sent: { writeId: string; sequence: number; transaction: Transaction; parked: boolean }[] = []
  private waiters: { sequence: number; resolve: () => void; reject: (error: Error) => void }[] = []

  constructor(host: DriverHost, transaction: Transaction, version: number) {
    this.host = host
    this.incarnation = host.incarnation.id
    this.gid = transaction.gid
    this.newest = transaction
    this.durableState = transaction
    this.durableVersion = version
  }

  get durable(): { version: number; transaction: Transaction } {
    return { version: this.durableVersion, transaction: this.durableState }
  }

  /** Nothing of it is on its way to the store. */
  get isSettled(): boolean {
    return !this.isQueued
  }

  get isIdle(): boolean {
    return this.inFlight === 0
  }

  /**
   * The store showed this version, and nothing of this is on its way there: a newer one than was acknowledged was
   * written by somebody else, who drives it now.
   */
  seen(version: number): void {
    if (!this.isQueued && version > this.durableVersion) this.lose()
  }

  /** Something happened that nobody waits for. */
  happened(event: Event): void {
    if (this.isDropped) return
    this.apply(event)
    this.pump()
  }

  /**
   * An answer that can be had again: resolves when what it changed is durable. Throws OwnershipLost when another
   * coordinator took the transaction over meanwhile.
   */
  async told(event: Event): Promise<void> {
    if (this.isDropped) throw new OwnershipLost(this.gid)
    this.apply(event)
    const { sequence } = this
    this.pump()
    await this.durableAt(sequence)
  }

  /** Why the store can't hold what this process knows; undefined where it can. */
  get obstacle(): string | undefined {
    return this.unholdable
  }

  /** Whether an answer to this operation would count, as far as this process knows. */
  awaits(branchId: string | undefined, op: DueCall['op']): ReturnType<typeof awaits> {
    return awaits(this.newest, branchId, op)
  }

  /**
   * A command: resolves when what it did, or what it found done, is durable. Throws what `advance` throws, and
   * OwnershipLost when another coordinator took the transaction over meanwhile.
   */
  async command(event: Event): Promise<{ transaction: Transaction; changed: boolean }> {
    if (this.isDropped) throw new OwnershipLost(this.gid)
    const before = this.newest
    this.apply(event)
    const changed = this.newest !== before
    if (changed) this.decidedSequence = this.sequence
    const { sequence } = this
    this.pump()
    // Also what it found done may only ride along: nobody is told of it before it is durable.
    if (sequence > this.durableSequence) this.requestWrite()
    await this.durableAt(sequence)
    // What it came to may have gone further within the same write; only what is durable is told.
    return { transaction: this.durableState, changed }
  }

  /** Calls what is due, writes what must be written, and sets the alarm for the next time. */
  pump(): void {
    if (this.isDropped) return
    if (this.decidedSequence > this.durableSequence) {
      this.requestWrite()
      return
    }
    if (!this.host.incarnation.isAlive()) return
    if (this.host.isStopping) {
      // Handed over as soon as its own calls have ended, whatever others wait for.
      if (this.isIdle || this.isReleased) this.park()
      return
    }
    const now = this.host.time.now()
    let next = this.host.engine.due(this.newest, now)
    if (next.wakeAt !== null && next.wakeAt <= now) {
      this.apply({ type: 'woken' }, now)
      if (this.decidedSequence > this.durableSequence) {
        this.requestWrite()
        return
      }
      next = this.host.engine.due(this.newest, now)
    }
    if (next.calls.length > 0) {
      this.start(next.calls, now)
      const later = this.host.engine.due(this.newest, this.host.time.now())
      this.sleep(later)
    } else if (this.canPark(next, now)) this.park()
    else this.sleep(next)
  }

  wake(): void {
    this.happened({ type: 'woken' })
  }

  /** Graceful stop: the next owner may take it up at once, even amid a call. */
  release(): void {
    this.isReleased = true
    if (!this.isDropped) this.park()
  }

  /** Stops driving: whoever waits for durability reads the store again. */
  drop(): void {
    if (this.isDropped) return
    this.isDropped = true
    this.cancellation?.raise()
    this.host.forget(this)
    for (const waiter of this.waiters.splice(0)) waiter.reject(new OwnershipLost(this.gid))
  }

  private apply(event: Event, now = this.host.time.now()): void {
    const before = this.newest
    const { transaction, decided } = this.host.engine.advance(before, event, now)
    if (transaction === before) return
    this.newest = transaction
    this.sequence += 1
    this.isParking = false
    if (decided) this.decidedSequence = this.sequence
    else this.host.rideAlong(this)
    if (transaction.status === 'ABORTING' && before.status !== 'ABORTING') this.cancellation?.raise()
  }

  /** `now` is the time at which they were due: a deadline that passes just after must not decide in between. */
  private start(calls: readonly DueCall[], now: number): void {
    this.apply({ type: 'called', calls }, now)
    for (const { branchId, op } of calls) {
      const call = this.host.engine.callOf(this.newest, branchId, op)
      this.inFlight += 1
      this.host.caller.call(call, this.signalOf(branchId, op), (answer, kept) => {
        this.inFlight -= 1
        if ('kind' in answer) {
          const { attempt } = call
          const { reason, retryAfterMs } = answer
          this.happened({ type: 'held', branchId, op, attempt, reason, retryAfterMs })
        } else if (kept === undefined) this.happened({ type: 'answered', ...answer })
        else {
          this.told({ type: 'answered', ...answer }).then(
            () => kept(true),
            () => kept(false),
          )
        }
      })
    }
  }

  private signalOf(branchId: string | undefined, op: DueCall['op']): Cancellation | typeof NEVER_RAISED {
    const branch = this.newest.branches.find((candidate) => candidate.request.branchId === branchId)
    if (branch === undefined || op !== phaseOneOperation(this.newest, branch)) return NEVER_RAISED
    this.cancellation ??= new Cancellation()
    return this.cancellation
  }

  private sleep(next: Due): void {
    if (next.wakeAt === null) this.host.wakeQueue.remove(this)
    else this.host.wakeQueue.schedule(this, next.wakeAt)
  }

  private canPark(next: Due, now: number): boolean {
    return this.inFlight === 0 && (next.wakeAt ?? Number.POSITIVE_INFINITY) - now > this.host.parkAfterMs
  }

  /** Leaves memory once a row without an owner is durable. */
  private park(): void {
    this.isParking = true
    this.host.wakeQueue.remove(this)
    this.requestWrite()
  }

  requestWrite(): void {
    if (this.isQueued || this.isDropped) return
    this.isQueued = true
    this.host.writer.enqueue(this)
  }

  nextWrite(): TransactionWrite | undefined {
    if (this.isDropped || this.host.incarnation.id !== this.incarnation) return this.loseQuietly()
    if (!this.host.incarnation.isAlive()) return this.loseQuietly()
    const transaction = this.newest
    const ended = isEnded(transaction.status)
    const parked = ended || this.isParking || (this.host.isStopping && this.isIdle)
    const writeId = this.host.incarnation.newWriteId()
    if (this.sent.length >= SENT_MAX) this.sent.shift()
    this.sent.push({ writeId, sequence: this.sequence, transaction, parked })
    const write: TransactionWrite = {
      ...columnsOf(transaction, this.host.time.now()),
      expect: this.durableVersion,
      writeId,
      owner: parked ? null : this.incarnation,
      state: writeState(transaction),
    }
    if (this.host.isStopping && parked && !ended) write.dueAt = this.host.time.now()
    return write
  }

  private loseQuietly(): undefined {
    this.isQueued = false
    this.drop()
    return undefined
  }

  written(write: TransactionWrite, answer: WriteAnswer): void {
    this.isQueued = false
    if (this.isDropped) return
    switch (answer.outcome) {
      case 'stored':
        this.stored(write.writeId, write.expect + 1)
        return
      case 'conflict':
        this.conflicted(answer)
        return
      case 'invalid':
        this.cannotBeHeld(answer.reason)
        return
    }
  }

  private stored(writeId: string, version: number): void {
    const sent = this.sent.find((candidate) => candidate.writeId === writeId)
    this.sent = []
    if (sent === undefined) {
      this.lose()
      return
    }
    const before = this.durableState
    this.durableVersion = version
    this.durableState = sent.transaction
    this.durableSequence = sent.sequence
    this.unholdable = undefined
    this.host.becameDurable(this, before)
    this.settleWaiters()
    if (isEnded(sent.transaction.status)) this.drop()
    else if (sent.parked && this.sequence === sent.sequence && (this.isParking || this.host.isStopping))
      this.drop()
    else {
      // Between a row without an owner and the next write anybody may claim it; the version tells.
      if (sent.parked) this.decidedSequence = this.sequence = this.sequence + 1
      this.pump()
      if (this.sequence > this.durableSequence) this.host.rideAlong(this)
    }
  }

  private settleWaiters(): void {
    if (this.waiters.length === 0) return
    const waiting = this.waiters
    this.waiters = []
    for (const waiter of waiting) {
      if (waiter.sequence <= this.durableSequence) waiter.resolve()
      else this.waiters.push(waiter)
    }
  }

  private conflicted(conflict: Extract<WriteAnswer, { outcome: 'conflict' }>): void {
    const { row } = conflict
    const own = row === undefined ? undefined : this.sent.find((sent) => sent.writeId === row.writeId)
    if (row !== undefined && own !== undefined) {
      // An earlier write of ours whose answer got lost: it counts, and the newest state goes on top of it.
      this.stored(own.writeId, row.version)
      return
    }
    const isBehind = (row?.version ?? 0) < this.durableVersion
    const isOurs = row === undefined ? conflict.tombstone === undefined : row.owner === this.incarnation
    if (isBehind && isOurs) {
      // The store lost what it had acknowledged. What this process knows is newer: write it again.
      this.host.wentBack(this.gid, row?.version ?? 0, this.durableVersion)
      this.durableVersion = row?.version ?? 0
      this.apply({ type: 'went-back' })
      this.decidedSequence = this.sequence
      this.requestWrite()
      return
    }
    this.lose()
  }

  /** The store can't hold this state. It is kept here and tried again, in case the store changes. */
  private cannotBeHeld(reason: string): void {
    this.unholdable = reason
    this.host.fault(`the store can not hold ${this.gid}`, reason)
    for (const waiter of this.waiters.splice(0)) waiter.reject(new Error(reason))
    this.host.wakeQueue.schedule(this, this.host.time.now() + INVALID_RETRY_MS)
  }

  private lose(): void {
    if (this.isDropped) return
    this.host.lost(this)
    this.drop()
  }

  /** The store is away: what is known here is kept and tried again until it is back. */
  unavailable(): boolean {
    if (!this.isDropped) return true
    this.isQueued = false
    return false
  }

  private durableAt(sequence: number): Promise<void> {
    if (sequence <= this.durableSequence) return Promise.resolve()
    if (this.isDropped) return Promise.reject(new OwnershipLost(this.gid))
    return new Promise((resolve, reject) => this.waiters.push({ sequence, resolve, reject }))
  }
}
