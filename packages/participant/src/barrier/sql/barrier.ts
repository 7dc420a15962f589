import {
  ENDED_GIDS_MAX,
  ID_PATTERN,
  invalidRequest,
  isRefused,
  type Refused,
  refusalOf,
} from '@assent/contract'
import type { Database, Dialect, Ending, Isolation, Opened } from '../../databases/database.ts'
import type { Barrier, Business, Completion, Effect } from '../barrier.ts'
import { type Call, mayRefuse, originOf } from '../call.ts'
import { conclusionOf, mustBeCompletable, standingAnswer } from '../completion.ts'
import { answerTo, type Conclusion, concludeRefused, concludeReturned, refusedNow } from '../conclusion.ts'
import { type Answer, decide, type Found, repeated, type StoredAnswer } from '../decision.ts'
import { MYSQL } from '../mysql/dialect.ts'
import { POSTGRES } from '../postgres/dialect.ts'
import type { RestartLimits } from '../restarting.ts'
import { tableName } from '../table-name.ts'
import type { BarrierDialect, NewRow } from './dialect.ts'
import { PROBE, SqlRows } from './rows.ts'
import { RESTART_LIMITS, RowGone, Transactions } from './transactions.ts'

export interface SqlBarrierOptions {
  /** The barrier's table, `assent_barrier` by default. */
  table?: string
  /** What the business runs at; READ COMMITTED by default, whatever the database's own default is. */
  isolation?: Isolation
  /** Epoch milliseconds. */
  now?: () => number
  /** How a call starts again while others stand in its way. */
  restarts?: Partial<RestartLimits>
}

const DIALECTS: Readonly<Record<Dialect, BarrierDialect>> = { postgres: POSTGRES, mysql: MYSQL }
const ISOLATIONS: readonly Isolation[] = ['read committed', 'repeatable read', 'serializable']

/**
 * The barrier for a service that keeps its data in PostgreSQL, MySQL or MariaDB, over the pool that the
 * service uses anyway. The business function gets the transaction as its library has it.
 *
 *     const barrier = sqlBarrier(pg(new Pool({ connectionString })))
 *     const answer = await barrier.run(call, (client) => withdraw(client, 'alice', 3000))
 */
export function sqlBarrier<Transaction>(
  database: Database<Transaction>,
  options: SqlBarrierOptions = {},
): Barrier<Transaction> {
  return new SqlBarrier(database, options)
}

class SqlBarrier<Transaction> implements Barrier<Transaction> {
  readonly #rows: SqlRows
  readonly #transactions: Transactions<Transaction>
  readonly #isolation: Isolation

  constructor(database: Database<Transaction>, options: SqlBarrierOptions) {
    const { table, isolation = 'read committed', now = Date.now, restarts } = options
    // It is written into statements.
    if (!ISOLATIONS.includes(isolation)) throw new TypeError(`${JSON.stringify(isolation)} is no isolation`)
    this.#isolation = isolation
    this.#rows = new SqlRows(DIALECTS[database.dialect], tableName(table), now)
    this.#transactions = new Transactions(database, this.#rows, { ...RESTART_LIMITS, ...restarts })
  }

  async run(call: Call, business: Business<Transaction>): Promise<Answer> {
    mustBeNamed(call)
    try {
      return await this.#pass(call, business)
    } catch (thrown) {
      if (!isRefused(thrown)) throw thrown
      return await this.#refuse(call, thrown)
    }
  }

  async complete(call: Call, completion: Completion, effect?: Effect<Transaction>): Promise<Answer> {
    mustBeNamed(call)
    mustBeCompletable(call, completion)
    try {
      return await this.#complete(call, async (transaction) => {
        await Promise.resolve(effect?.(transaction))
        return conclusionOf(completion)
      })
    } catch (thrown) {
      if (!isRefused(thrown)) throw thrown
      if (!mayRefuse(call)) return refusedNow(thrown)
      return await this.#complete(call, async () => concludeRefused(refusalOf(thrown)))
    }
  }

  transaction<T>(work: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    return this.#transactions.run<T>(() => ({
      isolation: this.#isolation,
      first: [],
      work: async ({ transaction }) => ({ keep: true, value: await work(transaction), last: PROBE }),
    }))
  }

  page(after: string, limit: number) {
    return this.#transactions.run(() => ({
      isolation: 'read committed',
      first: [this.#rows.page(after, limit)],
      work: async ({ results: [page] }) => ({ keep: false, value: this.#rows.paged(page) }),
    }))
  }

  async forget(gids: readonly string[], untouchedSince: number): Promise<number> {
    let forgotten = 0
    for (let from = 0; from < gids.length; from += ENDED_GIDS_MAX) {
      forgotten += await this.#forget(gids.slice(from, from + ENDED_GIDS_MAX), untouchedSince)
    }
    return forgotten
  }

  #pass(call: Call, business: Business<Transaction>): Promise<Answer> {
    const undone = originOf(call.op)
    const rows: NewRow[] = [{ call, state: 'ongoing' }]
    // The origin comes first, for everyone: so nobody waits for one who waits for him.
    if (undone) rows.unshift({ call: { ...call, op: undone }, state: 'planted' })
    return this.#transactions.run(() => ({
      isolation: this.#isolation,
      first: [...this.#rows.take(rows), ...(undone ? [this.#rows.find({ ...call, op: undone })] : [])],
      work: (opened) => this.#execute(opened, call, rows, business),
    }))
  }

  async #execute(
    opened: Opened<Transaction>,
    call: Call,
    rows: readonly NewRow[],
    business: Business<Transaction>,
  ): Promise<Ending<Answer>> {
    const inserted = this.#rows.taken(rows, opened.results)
    const current = inserted.at(-1) ? 'inserted' : await this.#standing(opened, call)
    const origin = rows.length > 1 ? this.#origin(opened, inserted[0]) : undefined
    const decision = decide(call.op, current, origin)
    switch (decision.next) {
      case 'leave':
        return { keep: false, value: decision.answer }
      case 'keep': {
        const last = this.#rows.conclude(call, { state: 'done', answer: null })
        return { keep: true, value: decision.answer, last }
      }
      case 'run':
        return this.#keep(call, concludeReturned(await business(opened.transaction)))
    }
  }

  /** The row of what is undone was read behind the inserts, whether or not they made it. */
  #origin({ results }: Opened<Transaction>, isInserted: boolean | undefined): Found {
    if (isInserted) return 'inserted'
    return this.#mustBeFound(this.#rows.found(results.at(-1)))
  }

  async #standing({ session }: Opened<Transaction>, call: Call): Promise<StoredAnswer> {
    return this.#mustBeFound(this.#rows.found(await session.run(this.#rows.find(call))))
  }

  #mustBeFound<Stored>(stored: Stored | undefined): Stored {
    if (stored === undefined) throw new RowGone('a row of the barrier was neither inserted nor found')
    return stored
  }

  /**
   * Keeps a refusal, now that the business is rolled back. Another process may have answered the call, or its
   * undo come, in between: then that row's answer is given.
   */
  async #refuse(call: Call, refused: Refused): Promise<Answer> {
    if (!mayRefuse(call)) return refusedNow(refused)
    const rows: NewRow[] = [{ call, state: 'ongoing' }]
    return this.#transactions.run<Answer>(() => ({
      isolation: this.#isolation,
      first: this.#rows.take(rows),
      work: async (opened) => {
        const [isInserted] = this.#rows.taken(rows, opened.results)
        if (isInserted) return this.#keep(call, concludeRefused(refusalOf(refused)))
        const stored = await this.#standing(opened, call)
        return { keep: false, value: repeated(call.op, stored) }
      },
    }))
  }

  /**
   * Holds the call's row from before the effect until the commit: its undo waits for that. A row that its call
   * has not committed yet is seen only by an INSERT, which waits for that.
   */
  #complete(call: Call, effect: (transaction: Transaction) => Promise<Conclusion>): Promise<Answer> {
    const rows: NewRow[] = [{ call, state: 'ongoing' }]
    return this.#transactions.run<Answer>(() => ({
      isolation: this.#isolation,
      first: [...this.#rows.take(rows), this.#rows.find(call)],
      work: async ({ transaction, results }) => {
        const [isInserted] = this.#rows.taken(rows, results)
        const stored = isInserted ? undefined : this.#mustBeFound(this.#rows.found(results.at(-1)))
        const answer = standingAnswer(call, stored)
        if (answer) return { keep: false, value: answer }
        return this.#keep(call, await effect(transaction))
      },
    }))
  }

  #forget(gids: readonly string[], untouchedSince: number): Promise<number> {
    return this.#transactions.run(() => ({
      isolation: 'read committed',
      first: [this.#rows.hold(gids)],
      work: async ({ session, results: [held] }) => {
        // All rows of a gid or none: a row that outlives its undo's would let a late call through.
        const rows = this.#rows.paged(held)
        const needed = new Set(rows.filter((row) => row.ongoing || row.touchedAt > untouchedSince).map(gidOf))
        const going = [...new Set(rows.map(gidOf))].filter((gid) => !needed.has(gid))
        if (going.length === 0) return { keep: false, value: 0 }
        await session.run(this.#rows.forget(going, untouchedSince))
        return { keep: true, value: going.length, last: PROBE }
      },
    }))
  }

  #keep(call: Call, conclusion: Conclusion): Ending<Answer> {
    return { keep: true, value: answerTo(conclusion), last: this.#rows.conclude(call, conclusion) }
  }
}

function gidOf({ gid }: { gid: string }): string {
  return gid
}

/** The columns hold nothing else. */
function mustBeNamed({ gid, branchId }: Call): void {
  const problems = Object.entries({ gid, branchId })
    // The local part of a message is of no branch.
    .filter(([path, id]) => !ID_PATTERN.test(id) && !(path === 'branchId' && id === ''))
    .map(([path]) => ({ path, problem: 'must be 1 to 64 letters, digits, _ or -' }))
  if (problems.length > 0) throw invalidRequest(problems)
}
