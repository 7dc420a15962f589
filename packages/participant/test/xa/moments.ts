import type { Watch } from './libraries.ts'
import { COMMIT, PREPARE, ROLLBACK, type XaOperation } from './service.ts'

/** A statement of a call, where something may die. */
interface Moment {
  when: 'before' | 'after'
  sql: RegExp
  /** The how-manieth of its kind in the call. */
  turn: number
}

/** The end of a transaction of ours. */
const KEPT = /probe[\s\S]*COMMIT/

/** Every point between two durable steps of a branch, in their order. */
export const MOMENTS = {
  prepare: {
    registered: { when: 'after', sql: KEPT, turn: 1 },
    begun: { when: 'after', sql: /lock_timeout = |innodb_lock_wait_timeout = \d/, turn: 1 },
    worked: { when: 'after', sql: /UPDATE assent_barrier/, turn: 1 },
    prepared: { when: 'after', sql: PREPARE, turn: 1 },
    acknowledged: { when: 'after', sql: KEPT, turn: 2 },
  },
  commit: {
    claimed: { when: 'before', sql: COMMIT, turn: 1 },
    committed: { when: 'after', sql: COMMIT, turn: 1 },
    concluded: { when: 'after', sql: KEPT, turn: 2 },
  },
  rollback: {
    claimed: { when: 'before', sql: ROLLBACK, turn: 1 },
    'rolled back': { when: 'after', sql: ROLLBACK, turn: 1 },
    planted: { when: 'after', sql: KEPT, turn: 2 },
  },
} as const satisfies Record<XaOperation, Record<string, Moment>>

export const ALL_MOMENTS = Object.entries(MOMENTS).flatMap(([op, moments]) =>
  Object.keys(moments).map((name) => [op as XaOperation, name] as const),
)

/** Watches one call for a moment, once. */
export class MomentWatch {
  #armed: { op: XaOperation; moment: Moment; strike: () => Promise<void> | void } | undefined
  #turns = 0
  #isAmidCall = false

  arm(op: XaOperation, name: string, strike: () => Promise<void> | void): void {
    const moment = (MOMENTS[op] as Record<string, Moment>)[name]
    if (moment === undefined) throw new Error(`${op} has no moment ${name}`)
    this.#armed = { op, moment, strike }
  }

  /** A call of this operation begins; whatever comes before belongs to others. */
  begin(op: string): void {
    this.#turns = 0
    this.#isAmidCall = this.#armed?.op === op
  }

  readonly watch: Watch = async (sql, when) => {
    const armed = this.#armed
    if (!this.#isAmidCall || armed === undefined) return
    const { moment, strike } = armed
    if (when !== moment.when || !moment.sql.test(sql)) return
    this.#turns += 1
    if (this.#turns < moment.turn) return
    this.#armed = undefined
    await strike()
  }
}
