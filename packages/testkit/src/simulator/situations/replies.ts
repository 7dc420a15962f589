import { isEnded } from '@assent/contract'
import { readState } from '@assent/coordinator'
import { awaits, type TransactionRow } from '@assent/engine'
import type { Entry } from '../facts/fact.ts'
import type { Situation } from './situations.ts'

/** Counts what becomes of commands and their replies. */
export class ReplySituations {
  private readonly note: (situation: Situation, condition?: boolean) => void
  private readonly rows = new Map<string, TransactionRow>()
  private readonly commandsTaken = new Set<string>()
  /** The process that each reply was given to last. */
  private readonly givenTo = new Map<number, string>()
  /** What a transaction was when a reply about it was given, by process and delivery. */
  private readonly before = new Map<string, { awaited: ReturnType<typeof awaits>; owner: string | null }>()

  constructor(note: (situation: Situation, condition?: boolean) => void) {
    this.note = note
  }

  see(entry: Entry): void {
    switch (entry.kind) {
      case 'stored':
      case 'claimed':
        this.rows.set(entry.row.gid, entry.row)
        return
      case 'command':
        this.note('command lost on its way', entry.what === 'lost')
        if (entry.what !== 'taken') return
        this.note('command delivered again', this.commandsTaken.has(entry.id))
        this.commandsTaken.add(entry.id)
        return
      case 'delivered':
        this.seeDelivered(entry)
        return
      case 'acknowledged':
        this.seeAcknowledged(entry)
        return
      case 'given-back':
        this.note('reply not kept, and given back')
        return
      case 'group':
        this.note('partitions of replies changed hands')
        return
      case 'process':
        this.note('broker away', entry.by === 'broker' && entry.what === 'crashed')
        return
      default:
        return
    }
  }

  private seeDelivered({ by, delivery, reply, gid, branchId, op, isAwaited }: Entry<'delivered'>): void {
    const last = this.givenTo.get(reply)
    this.note('reply delivered again to another coordinator', last !== undefined && last !== by)
    this.givenTo.set(reply, by)
    const row = this.rows.get(gid)
    if (row === undefined || isAwaited) return
    this.note('reply behind the end of its transaction', isEnded(row.status))
    const awaited = awaits(readState(row), branchId, op)
    this.before.set(`${by}/${delivery}`, { awaited, owner: row.owner })
  }

  private seeAcknowledged({ by, delivery, as, outcome }: Entry<'acknowledged'>): void {
    this.note('reply to what was not asked any more', as === 'history')
    const before = this.before.get(`${by}/${delivery}`)
    if (as !== 'counted' || before === undefined) return
    const isForeign = before.owner !== null && !before.owner.startsWith(`${by}.`)
    this.note('reply counted though its call was given up, or made elsewhere')
    this.note('reply that came before its call was written down', before.awaited === 'not yet')
    this.note('reply counted where its transaction was not driven', isForeign)
    this.note('refusal counted where its transaction was not driven', isForeign && outcome === 'refused')
  }
}
