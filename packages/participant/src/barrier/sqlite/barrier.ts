import { isRefused, type Refused, refusalOf } from '@assent/contract'
import type { Barrier, Business, Completion, Effect, Returned } from '../barrier.ts'
import { type Call, mayRefuse, originOf } from '../call.ts'
import { conclusionOf, mustBeCompletable, standingAnswer } from '../completion.ts'
import { answerTo, type Conclusion, concludeRefused, concludeReturned, refusedNow } from '../conclusion.ts'
import { type Answer, decide, repeated } from '../decision.ts'
import { type RestartLimits, restarting } from '../restarting.ts'
import { BARRIER_TABLE } from '../table-name.ts'
import { isBusy, type SqliteDatabase } from './database.ts'
import { SqliteRows } from './rows.ts'
import { barrierTable } from './table.ts'
import { BUSY_LIMITS, type Ending, type Sooner, transact, whenDone } from './transaction.ts'
import { TURN_WAIT_MAX_MS, TURNS_WAITING_MAX, type TurnLimits, Turns } from './turns.ts'

export interface SqliteBarrierOptions {
  /** The barrier's table, `assent_barrier` by default. */
  table?: string
  /** Epoch milliseconds. */
  now?: () => number
  /** How calls wait for one another on this connection. */
  turns?: Partial<TurnLimits>
  /** How a call starts again while another connection holds the database. */
  busy?: Partial<RestartLimits>
}

/** Barriers on one connection take turns with one another. */
const TURNS = new WeakMap<object, Turns>()

function turnsOn(database: object): Turns {
  const known = TURNS.get(database)
  if (known) return known
  const turns = new Turns()
  TURNS.set(database, turns)
  return turns
}

/**
 * The barrier for a service that keeps its data in SQLite, over the very connection that the business
 * functions write on.
 *
 *     const barrier = sqliteBarrier(new DatabaseSync('bank.db'))
 *     const answer = await barrier.run(call, (database) => withdraw(database, 'alice', 3000))
 */
export function sqliteBarrier<Database extends SqliteDatabase>(
  database: Database,
  options: SqliteBarrierOptions = {},
): Barrier<Database> {
  return new SqliteBarrier(database, options)
}

class SqliteBarrier<Database extends SqliteDatabase> implements Barrier<Database> {
  readonly #database: Database
  readonly #options: SqliteBarrierOptions
  readonly #createTable: string
  readonly #turns: Turns
  readonly #turnLimits: TurnLimits
  readonly #busyLimits: RestartLimits
  #prepared: SqliteRows | undefined

  constructor(database: Database, options: SqliteBarrierOptions) {
    this.#database = database
    this.#options = options
    this.#createTable = barrierTable(options.table)
    this.#turns = turnsOn(database)
    this.#turnLimits = { waitingMax: TURNS_WAITING_MAX, waitMaxMs: TURN_WAIT_MAX_MS, ...options.turns }
    this.#busyLimits = { ...BUSY_LIMITS, ...options.busy }
  }

  run(call: Call, business: Business<Database>): Promise<Answer> {
    return this.#alone(async () => {
      try {
        return await this.#transact((rows) => this.#execute(rows, call, business))
      } catch (thrown) {
        if (!isRefused(thrown)) throw thrown
        return await this.#refuse(call, thrown)
      }
    })
  }

  complete(call: Call, completion: Completion, effect?: Effect<Database>): Promise<Answer> {
    return this.#alone(async () => {
      mustBeCompletable(call, completion)
      try {
        return await this.#transact((rows) => {
          const answer = standingAnswer(call, rows.find(call))
          if (answer) return { keep: false, value: answer }
          return whenDone(effect?.(this.#database), () => keep(rows, call, conclusionOf(completion)))
        })
      } catch (thrown) {
        if (!isRefused(thrown)) throw thrown
        return await this.#refuseCompletion(call, thrown)
      }
    })
  }

  transaction<T>(work: (database: Database) => T | Promise<T>): Promise<T> {
    return this.#alone(() => transact(this.#database, () => whenDone(work(this.#database), kept)))
  }

  page(after: string, limit: number) {
    return this.#alone(() => this.#rows().page(after, limit))
  }

  forget(gids: readonly string[], untouchedSince: number): Promise<number> {
    return this.#alone(() =>
      this.#transact((rows) => kept(gids.filter((gid) => rows.forget(gid, untouchedSince)).length)),
    )
  }

  #execute(rows: SqliteRows, call: Call, business: Business<Database>): Sooner<Ending<Answer>> {
    const undone = originOf(call.op)
    const origin = undone && rows.take({ ...call, op: undone }, 'planted')
    const current = rows.take(call, 'ongoing')
    const decision = decide(call.op, current, origin)
    switch (decision.next) {
      case 'leave':
        return { keep: false, value: decision.answer }
      case 'keep':
        rows.conclude(call, { state: 'done', answer: null })
        return kept(decision.answer)
      case 'run':
        return whenDone<Returned, Ending<Answer>>(business(this.#database), (returned) =>
          keep(rows, call, concludeReturned(returned)),
        )
    }
  }

  /**
   * Keeps a refusal, now that the business is rolled back. Another process may have answered the call, or
   * its undo come, in between: then that row's answer is given.
   */
  #refuse(call: Call, refused: Refused): Sooner<Answer> {
    if (!mayRefuse(call)) return refusedNow(refused)
    return this.#transact((rows) => {
      const current = rows.take(call, 'ongoing')
      if (current !== 'inserted') return { keep: false, value: repeated(call.op, current) }
      return keep(rows, call, concludeRefused(refusalOf(refused)))
    })
  }

  #refuseCompletion(call: Call, refused: Refused): Sooner<Answer> {
    if (!mayRefuse(call)) return refusedNow(refused)
    return this.#transact((rows) => {
      const answer = standingAnswer(call, rows.find(call))
      if (answer) return { keep: false, value: answer }
      return keep(rows, call, concludeRefused(refusalOf(refused)))
    })
  }

  /** One after another on this connection, and again while another connection holds the database. */
  #alone<T>(work: () => Sooner<T>): Promise<T> {
    return this.#turns.take(() => restarting(async () => work(), isBusy, this.#busyLimits), this.#turnLimits)
  }

  #transact<T>(work: (rows: SqliteRows) => Sooner<Ending<T>>): Sooner<T> {
    const rows = this.#rows()
    return transact(this.#database, () => work(rows))
  }

  #rows(): SqliteRows {
    if (this.#prepared) return this.#prepared
    this.#database.exec(this.#createTable)
    const { table = BARRIER_TABLE, now = Date.now } = this.#options
    this.#prepared = new SqliteRows(this.#database, table, now)
    return this.#prepared
  }
}

function kept<T>(value: T): Ending<T> {
  return { keep: true, value }
}

function keep(rows: SqliteRows, call: Call, conclusion: Conclusion): Ending<Answer> {
  rows.conclude(call, conclusion)
  return kept(answerTo(conclusion))
}
