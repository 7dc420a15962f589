import { BarrierUnavailable } from '../barrier/barrier.ts'
import { restarting } from '../barrier/restarting.ts'
import type { SqlRows } from '../barrier/sql/rows.ts'
import { PROBE } from '../barrier/sql/rows.ts'
import { RESTART_LIMITS, RowGone } from '../barrier/sql/transactions.ts'
import type { Ending, Session, Statement } from '../databases/database.ts'
import { isContention, isMissingTable } from '../databases/failures.ts'
import type { AttemptId, BranchId, XaDialect } from './dialect.ts'
import type { XaConnection, XaPool } from './pools/pool.ts'
import type { Registrations } from './registrations.ts'

export interface BranchesParts<Connection> {
  pool: XaPool<Connection>
  dialect: XaDialect
  rows: SqlRows
  registrations: Registrations
  lockTimeoutMs: number
}

/** What prepare, commit and rollback have in common: the database, and how one gets at it. */
export class Branches<Connection> {
  readonly dialect: XaDialect
  readonly rows: SqlRows
  readonly registrations: Registrations
  readonly lockTimeoutMs: number
  readonly #pool: XaPool<Connection>
  #checked: Promise<void> | undefined

  constructor({ pool, dialect, rows, registrations, lockTimeoutMs }: BranchesParts<Connection>) {
    this.#pool = pool
    this.dialect = dialect
    this.rows = rows
    this.registrations = registrations
    this.lockTimeoutMs = lockTimeoutMs
  }

  /** Before the first use, and again for as long as it fails. */
  ready(): Promise<void> {
    this.#checked ??= this.check().catch((thrown) => {
      this.#checked = undefined
      throw thrown
    })
    return this.#checked
  }

  async check(): Promise<void> {
    await this.alone(({ session }) => this.dialect.check(session))
    const tables = [
      { probe: this.rows.page('', 1), create: this.rows.create() },
      { probe: this.registrations.probe(), create: this.registrations.create() },
    ]
    for (const { probe, create } of tables) {
      try {
        await this.read((session) => session.run(probe))
      } catch (thrown) {
        if (!isMissingTable(thrown)) throw thrown
        await this.write(async (session) => {
          for (const statement of create) await session.run(statement)
        })
      }
    }
  }

  /** On a connection outside of any transaction, where each statement is a transaction of its own. */
  async alone<T>(work: (connection: XaConnection<Connection>) => Promise<T>): Promise<T> {
    const connection = await this.take()
    let isSound = false
    try {
      const done = await work(connection)
      isSound = true
      return done
    } catch (thrown) {
      // The database answered, so the connection is there.
      isSound = thrown instanceof BarrierUnavailable
      throw thrown
    } finally {
      connection.release(isSound)
    }
  }

  async take(): Promise<XaConnection<Connection>> {
    try {
      return await this.#pool.take()
    } catch (cause) {
      throw new BarrierUnavailable('no connection to the database could be had', { cause })
    }
  }

  /** In a transaction of which nothing is kept. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#transact(async (session) => ({ keep: false, value: await work(session) }))
  }

  /** In a transaction that is committed when the work is through. */
  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#transact(async (session) => ({ keep: true, value: await work(session), last: PROBE }))
  }

  /** The same, and nothing in it waits long for a row that another transaction holds. */
  writeSoon<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { limitWaits, unlimitWaits } = this.dialect
    return this.write(async (session) => {
      await all(session, limitWaits(this.lockTimeoutMs))
      try {
        return await work(session)
      } finally {
        await all(session, unlimitWaits)
      }
    })
  }

  /** What the database holds of a branch: of one attempt at most, because all of them take the same row. */
  async preparedOf({ gid, branchId }: BranchId): Promise<readonly AttemptId[]> {
    const prepared = await this.prepared()
    return prepared.filter((each) => each.gid === gid && each.branchId === branchId)
  }

  prepared(): Promise<readonly AttemptId[]> {
    return this.alone(({ session }) => this.dialect.prepared(session))
  }

  /** Ends what these attempts have prepared, and nothing else. Answers whether there was anything. */
  async end(attempts: readonly AttemptId[], how: 'commit' | 'rollback'): Promise<boolean> {
    let wasThere = false
    for (const attempt of attempts) {
      const hasEnded = await this.alone(({ session }) => this.dialect.end(session, attempt, how))
      wasThere ||= hasEnded
    }
    return wasThere
  }

  /** Starts again where others stand in the way, and gives up before the caller does. */
  restarting<T>(work: () => Promise<T>): Promise<T> {
    const limits = { ...RESTART_LIMITS, elapsedMaxMs: this.lockTimeoutMs }
    return restarting(work, (thrown) => isContention(thrown) || thrown instanceof RowGone, limits)
  }

  #transact<T>(work: (session: Session) => Promise<Ending<T>>): Promise<T> {
    return this.restarting(() =>
      this.#pool.database.transact<T>({
        isolation: 'read committed',
        first: [],
        work: ({ session }) => work(session),
      }),
    )
  }
}

export async function all(session: Session, statements: readonly Statement[]): Promise<void> {
  for (const statement of statements) await session.run(statement)
}
