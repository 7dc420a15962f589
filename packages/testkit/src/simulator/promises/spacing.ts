import { DEFAULT_OPTIONS } from '@assent/contract'
import type { Entry } from '../facts/fact.ts'
import { writerOf } from './history.ts'
import type { Ground } from './promise.ts'

/** Jitter takes up to a quarter of an interval away, and clocks drift. */
const LEAST_SHARE = 0.7
/**
 * A heartbeat whose answer was slow leaves the store's time behind, and the next one sets it right: that makes one
 * interval short, but not one after another.
 */
const SOON_IN_A_ROW = 3
/** Times are kept as whole milliseconds. */
const ROUNDING_MS = 2

/** Between two calls of an operation by one process lies at least the first interval, unless someone hurries it. */
export class Spacing {
  private readonly ground: Ground
  /** When a process last heard an answer that leaves an operation open, by gid and then by process and operation. */
  private readonly heard = new Map<string, Map<string, number>>()
  private readonly soonInARow = new Map<string, number>()
  private readonly startedAt = new Map<string, number>()
  /** When somebody hurried a transaction, or took it up. */
  private readonly anewAt = new Map<string, number>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    switch (entry.kind) {
      case 'answer':
        this.noteAnswer(entry)
        return
      case 'call':
        this.check(entry)
        this.startedAt.set(`${entry.by}/${entry.id}`, entry.at)
        return
      case 'asked':
        // A retry, a submit and a try ask for a call at once, and any report may open the next operation.
        if ('gid' in entry.request.request) this.beginAnew(entry.request.request.gid, entry.at)
        return
      case 'claimed':
        this.beginAnew(entry.row.gid, entry.at)
        return
      case 'stored':
        // Taken up by an answer or a command, which is a claim like any other.
        if (writerOf(entry.before?.writeId ?? '') !== writerOf(entry.row.writeId)) {
          this.beginAnew(entry.row.gid, entry.at)
        }
        return
      default:
        return
    }
  }

  private beginAnew(gid: string, at: number): void {
    this.heard.delete(gid)
    this.anewAt.set(gid, at)
  }

  private noteAnswer(entry: Entry<'answer'>): void {
    const { call, answer, by, id, at } = entry
    const startedAt = this.startedAt.get(`${by}/${id}`) ?? 0
    this.startedAt.delete(`${by}/${id}`)
    // An answer to a call from before is history, and spaces nothing.
    if (answer.kind === 'held' || startedAt < (this.anewAt.get(call.gid) ?? 0)) return
    if (answer.outcome !== 'unknown' && answer.outcome !== 'ongoing') return
    const heard = this.heard.get(call.gid) ?? new Map<string, number>()
    this.heard.set(call.gid, heard.set(keyOf(entry), at))
  }

  private check(entry: Entry<'call'>): void {
    const { gid, branchId, op } = entry.call
    const heardAt = this.heard.get(gid)?.get(keyOf(entry))
    if (heardAt === undefined) return
    const gapMs = entry.at - heardAt
    const leastMs = this.firstIntervalMs(gid, branchId) * LEAST_SHARE - ROUNDING_MS
    const soon = gapMs >= leastMs ? 0 : (this.soonInARow.get(keyOf(entry)) ?? 0) + 1
    this.soonInARow.set(keyOf(entry), soon)
    if (soon < SOON_IN_A_ROW) return
    const what = `${op} of ${branchId ?? 'the sender'}`
    this.ground.violated(gid, `${entry.by} asked ${what} again after ${gapMs.toFixed(1)} ms`)
  }

  private firstIntervalMs(gid: string, branchId: string | undefined): number {
    const plan = this.ground.plans.get(gid)
    const retry = plan?.branches.find((branch) => branch.request.branchId === branchId)?.request.retry
    const options = { ...DEFAULT_OPTIONS, ...plan?.options }
    const first = retry?.intervalMs ?? options.retryIntervalMs
    return Math.min(first, retry?.maxIntervalMs ?? options.retryMaxIntervalMs)
  }
}

function keyOf({ by, call }: Entry<'call' | 'answer'>): string {
  return `${by}/${call.gid}/${call.branchId ?? ''}/${call.op}`
}
