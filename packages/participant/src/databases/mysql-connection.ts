import { inOrder } from './by-callback.ts'
import type { Taken } from './by-connection.ts'
import {
  type Isolation,
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

/** What the statements of a transaction depend on. */
interface Server {
  isMariadb: boolean
  /** Whether its connections commit each statement by itself, outside of transactions that were begun. */
  isAutocommitting: boolean
}

/** Asks once what the server is, and again only when that failed. */
export class MysqlServer {
  readonly #isJoined: boolean
  #server: Promise<Server> | undefined

  constructor({ isJoined = true }: MysqlOptions) {
    this.#isJoined = isJoined
  }

  async taken<Transaction>(
    transaction: Transaction,
    connection: MysqlConnection,
  ): Promise<Taken<Transaction>> {
    try {
      const server = await this.#serverOf(connection)
      const way = this.#isJoined && server.isMariadb ? together : oneByOne
      const release = (isSound: boolean) => connection.release(isSound)
      return { transaction, session: mysqlSession(connection), ...way(connection, server), release }
    } catch (thrown) {
      connection.release(false)
      throw thrown
    }
  }

  #serverOf(connection: MysqlConnection): Promise<Server> {
    this.#server ??= serverOf(connection).catch((thrown) => {
      this.#server = undefined
      throw thrown
    })
    return this.#server
  }
}

async function serverOf(connection: MysqlConnection): Promise<Server> {
  const sql = 'SELECT VERSION() AS version, @@autocommit AS autocommit'
  const [row] = (await connection.query(sql, [])) as Row[]
  return {
    isMariadb: String(row?.version).includes('MariaDB'),
    isAutocommitting: Number(row?.autocommit) === 1,
  }
}

/**
 * How a transaction begins and ends. While it lasts nothing commits by itself: a deadlock rolls back all of
 * it, and what a business that has passed over that does then would be kept, one statement after another.
 */
type Way = Pick<Taken<unknown>, 'begin' | 'commit' | 'rollback'>

const AUTOCOMMIT = 'SET autocommit = 1'

/** The only way that MySQL leaves: it takes several statements at once only where the pool was made for it. */
function oneByOne(connection: MysqlConnection, server: Server): Way {
  const session = mysqlSession(connection)
  const end = async (how: 'COMMIT' | 'ROLLBACK') => {
    await connection.query(how, [])
    if (server.isAutocommitting) await connection.query(AUTOCOMMIT, [])
  }
  return {
    begin: async (isolation, first) => {
      // The first statement begins the transaction.
      await connection.query(`SET ${nextIsolation(isolation, server)}, autocommit = 0`, [])
      return inOrder(session, first)
    },
    commit: async (last) => {
      mustHaveCount(await session.run(last))
      await end('COMMIT')
    },
    rollback: () => end('ROLLBACK'),
  }
}

/** What sets the isolation of the next transaction alone, beside other settings. */
function nextIsolation(isolation: Isolation, { isMariadb }: Server): string {
  const variable = isMariadb ? 'tx_isolation' : 'transaction_isolation'
  return `@@${variable} = '${isolation.toUpperCase().replace(' ', '-')}'`
}

/** MariaDB runs a compound statement as far as its first failure. */
function together(connection: MysqlConnection, { isAutocommitting }: Server): Way {
  const restore = isAutocommitting ? [plain(AUTOCOMMIT)] : []
  return {
    begin: (isolation, first) =>
      compound(connection, [
        plain('SET autocommit = 0'),
        plain(`SET TRANSACTION ${isolationLevel(isolation)}`),
        plain('START TRANSACTION'),
        ...first,
      ]),
    commit: async (last) => {
      const commit = last.answers === 'count' ? COMMIT_IF_ONE : 'COMMIT'
      const [result] = await compound(connection, [last, plain(commit), ...restore])
      mustHaveCount(result as StatementResult)
    },
    rollback: async () => void (await compound(connection, [plain('ROLLBACK'), ...restore])),
  }
}

/** Behind a statement whose count is wanted. */
const COMMIT_IF_ONE = 'IF changed = 1 THEN COMMIT; ELSE ROLLBACK; END IF'

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
      ? [statement.sql, 'SET changed = ROW_COUNT()', 'SELECT changed']
      : [statement.sql],
  )
  const text = `BEGIN NOT ATOMIC\nDECLARE changed bigint;\n${lines.map((line) => `${line};\n`).join('')}END`
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
