import type { Entry } from '../facts/fact.ts'
import type { Ground } from './promise.ts'

/** How long a coordinator may deal with one reply, store away included; virtual milliseconds. */
const DELIVERY_MAX_MS = 30_000

/** A reply that reaches a coordinator is acknowledged or given back in time, and in the end no reply is left. */
export class Deliveries {
  private readonly ground: Ground
  private readonly underWay = new Map<string, Entry<'delivered'>>()
  /** Replies that nobody has acknowledged, by id: whose they are. */
  private readonly kept = new Map<number, string>()
  /** Processes that stood still: they are late with everything. */
  private readonly late = new Set<string>()

  constructor(ground: Ground) {
    this.ground = ground
  }

  see(entry: Entry): void {
    switch (entry.kind) {
      case 'reply':
        this.kept.set(entry.id, entry.gid)
        return
      case 'delivered':
        this.underWay.set(keyOf(entry), entry)
        return
      case 'acknowledged':
        this.kept.delete(entry.reply)
        this.end(entry)
        return
      case 'given-back':
        this.end(entry)
        return
      case 'process':
        if (entry.what === 'paused') this.late.add(entry.by)
        if (entry.what === 'crashed' || entry.what === 'ended') this.forget(entry.by)
        return
      default:
        return
    }
  }

  /** Everything is over. */
  check(): void {
    for (const { gid, by, reply } of this.underWay.values()) {
      this.ground.violated(gid, `${by} never said what became of reply ${reply}`)
    }
    for (const [reply, gid] of this.kept) this.ground.violated(gid, `nobody ever acknowledged reply ${reply}`)
  }

  private end(entry: Entry<'acknowledged' | 'given-back'>): void {
    const { gid, by, at, reply } = entry
    const began = this.underWay.get(keyOf(entry))
    this.underWay.delete(keyOf(entry))
    if (began === undefined || this.late.has(by) || at - began.at <= DELIVERY_MAX_MS) return
    this.ground.violated(gid, `${by} dealt with reply ${reply} for ${((at - began.at) / 1_000).toFixed(1)} s`)
  }

  /** A process that is gone deals with nothing. */
  private forget(process: string): void {
    for (const [key, { by }] of this.underWay) if (by === process) this.underWay.delete(key)
  }
}

function keyOf({ by, delivery }: Entry<'delivered' | 'acknowledged' | 'given-back'>): string {
  return `${by}/${delivery}`
}
