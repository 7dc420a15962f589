import { isEnded, type Status } from '@assent/contract'
import { readState } from '@assent/coordinator'
import type { Transaction, TransactionRow } from '@assent/engine'
import type { Entry } from '../facts/fact.ts'

/** One durable state of a transaction. */
export class DurableVersion {
  readonly at: number
  readonly row: TransactionRow
  readonly isClaim: boolean
  private read: Transaction | undefined

  constructor(at: number, row: TransactionRow, isClaim: boolean) {
    this.at = at
    this.row = row
    this.isClaim = isClaim
  }

  get status(): Status {
    return this.row.status
  }

  get transaction(): Transaction {
    this.read ??= readState(this.row)
    return this.read
  }

  get writer(): string {
    return writerOf(this.row.writeId)
  }
}

/** The incarnation that made a write. */
export function writerOf(writeId: string): string {
  return writeId.slice(0, writeId.lastIndexOf('.'))
}

/** Every durable state of every transaction, in the order in which the store took them. */
export class History {
  private readonly versions = new Map<string, DurableVersion[]>()
  /** Rows that a weak store has set back, and whose driver has not written them again yet. */
  private readonly setBack = new Map<string, string | null>()
  private readonly beyondRepair = new Set<string>()

  see(entry: Entry): void {
    if (entry.kind === 'went-back') {
      this.setBack.set(entry.from.gid, entry.from.owner)
      return
    }
    if (entry.kind !== 'stored' && entry.kind !== 'claimed') return
    const { row } = entry
    const owner = this.setBack.get(row.gid)
    if (owner !== undefined) {
      // Whoever else builds on the old state could not know of the lost one.
      if (writerOf(row.writeId) !== owner) this.beyondRepair.add(row.gid)
      this.setBack.delete(row.gid)
    }
    const versions = this.versions.get(row.gid) ?? []
    this.versions.set(row.gid, versions)
    versions.push(new DurableVersion(entry.at, row, entry.kind === 'claimed'))
  }

  gids(): Iterable<string> {
    return this.versions.keys()
  }

  of(gid: string): readonly DurableVersion[] {
    return this.versions.get(gid) ?? []
  }

  last(gid: string): DurableVersion | undefined {
    return this.versions.get(gid)?.at(-1)
  }

  isEnded(gid: string): boolean {
    const last = this.last(gid)
    return last !== undefined && isEnded(last.status)
  }

  /** A store that was configured to be weak lost what nobody was left to write again: nothing is promised then. */
  isBeyondRepair(gid: string): boolean {
    return this.beyondRepair.has(gid) || this.setBack.has(gid)
  }
}
