import { inOrder } from './by-callback.ts'
import type { Taken } from './by-connection.ts'
import {
  isolationLevel,
  mustHaveCount,
  type Row,
  type Session,
  type Statement,
  type StatementResult,
  type Value,
} from './database.ts'

/** What is needed of a connection to MySQL or MariaDB, whichever driver it is of. */
export interface MysqlConnection {
  /** Answers rows, or what a change came to; of several results a list of them. */
  query(sql: string, values: readonly Value[]): Promise<unknown>
  /** Gives the connection back; one that is not sound is closed. */
  release(isSound: boolean): void
}

export interface MysqlOptions {
  /**
   * Whether a MariaDB is sent BEGIN together with the barrier's first statements and COMMIT together with its
   * last, as compound statements (`BEGIN NOT ATOMIC … END`). True by default; false for a proxy that has to
   * see them one by one.
   */
  isJoined?: boolean
}

/** What a change came to, as both drivers call it. */
interface Change {
  affectedRows: number | bigint
}

/** Asks once what the server is, and again only when that failed. */
export class MysqlServer {
  readonly #isJoined: boolean
  #canJoin: Promise<boolean> | undefined

  constructor({ isJoined = true }: MysqlOptions) {
    this.#isJoined = isJoined
  }

  async taken<Transaction>(
    transaction: Transaction,
    connection: MysqlConnection,
  ): Promise<Taken<Transaction>> {
    try {
      const isJoined = this.#isJoined && (await this.#canJoinOn(connection))
      const way = isJoined ? together(connection) : oneByOne(connection)
      const release = (isSound: boolean) => connection.release(isSound)
      const rollback = async () => void (await connection.query('ROLLBACK', []))
      return { transaction, session: mysqlSession(connection), ...way, rollback, release }
    } catch (thrown) {
      connection.release(false)
      throw thrown
    }
  }

  #canJoinOn(connection: MysqlConnection): Promise<boolean> {
    this.#canJoin ??= isMariadb(connection).catch((thrown) => {
      this.#canJoin = undefined
      throw thrown
    })
    return this.#canJoin
  }
}

async function isMariadb(connection: MysqlConnection): Promise<boolean> {
  const [row] = (await connection.query('SELECT VERSION() AS version', [])) as Row[]
  return String(row?.version).includes('MariaDB')
}

type Way = Pick<Taken<unknown>, 'begin' | 'commit'>

/** The only way that MySQL leaves: it takes several statements at once only where the pool was made for it. */
function oneByOne(connection: MysqlConnection): Way {
  const session = mysqlSession(connection)
  return {
    begin: async (isolation, first) => {
      await connection.query(`SET TRANSACTION ${isolationLevel(isolation)}`, [])
      await connection.query('START TRANSACTION', [])
      return inOrder(session, first)
    },
    commit: async (last) => {
      mustHaveCount(await session.run(last))
      await connection.query('COMMIT', [])
    },
  }
}

/** MariaDB runs a compound statement as far as its first failure. */
function together(connection: MysqlConnection): Way {
  return {
    begin: (isolation, first) =>
      compound(connection, [
        plain(`SET TRANSACTION ${isolationLevel(isolation)}`),
        plain('START TRANSACTION'),
        ...first,
      ]),
    commit: async (last) => {
      const [result] = await compound(connection, [last, plain('COMMIT')])
      mustHaveCount(result as StatementResult)
    },
  }
}

/** A statement of which nothing is wanted. */
interface Plain {
  sql: string
}

function plain(sql: string): Plain {
  return { sql }
}

/** In one round trip; answers for those that answer something. */
async function compound(
  connection: MysqlConnection,
  statements: readonly (Statement | Plain)[],
): Promise<StatementResult[]> {
  const answering = statements.filter((statement) => 'answers' in statement)
  const lines = statements.flatMap((statement) =>
    'answers' in statement && statement.answers === 'count'
      ? [statement.sql, 'SELECT ROW_COUNT() AS changed']
      : [statement.sql],
  )
  const text = `BEGIN NOT ATOMIC\n${lines.map((line) => `${line};\n`).join('')}END`
  const values = answering.flatMap((statement) => statement.values)
  const sets = (await connection.query(text, values)) as readonly (readonly Row[])[]
  return answering.map(({ answers }, place) => {
    const rows = sets[place] ?? []
    return answers === 'rows' ? { rows, count: rows.length } : { rows: [], count: Number(rows[0]?.changed) }
  })
}

export function mysqlSession(connection: Pick<MysqlConnection, 'query'>): Session {
  return {
    dialect: 'mysql',
    run: async ({ sql, values }) => mysqlResult(await connection.query(sql, values)),
  }
}

/** One result, as both drivers and whatever is built on them answer it: a list of rows, or a change. */
export function mysqlResult(result: unknown): StatementResult {
  if (Array.isArray(result)) return { rows: result, count: result.length }
  return { rows: [], count: Number((result as Change).affectedRows) }
}
