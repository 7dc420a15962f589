import { setTimeout as sleep } from 'node:timers/promises'
import { BarrierUnavailable } from '../../barrier/barrier.ts'
import type { Session, Statement } from '../../databases/database.ts'
import type { AttemptId, XaDialect } from '../dialect.ts'
import { command, errorCode } from '../statements.ts'
import { attemptOf, BRANCH_ID_MAX_LENGTH, identifierOf, tagOf } from './identifier.ts'

/** XAER_NOTA: there is none of that name, or the connection that prepared it is not quite closed. */
const UNKNOWN_XID = 1397
/** XAER_DUPID: another attempt works or has prepared under that name. */
const DUPLICATE_XID = 1440
/** XAER_RMERR: XA RECOVER without the right to it. */
const NOT_LISTED = 1401
/** How long a connection that was closed may go on holding what it has prepared, milliseconds. */
const DETACH_MAX_MS = 2_000
const DETACH_POLL_MS = 10
const SECOND_MS = 1_000

const NO_DATABASE = 'the connection has chosen no database, by whose name this service tells its transactions'
const TOO_OLD =
  'rolls back what was prepared when its connection is closed: mode xa needs MySQL 5.7.7 or MariaDB 10.5'
const NO_RIGHT = 'XA RECOVER is not allowed to this account: GRANT XA_RECOVER_ADMIN ON *.* TO it'

export function mysqlDialect(service: string): XaDialect {
  let tag: string | undefined
  const nameOf = (attempt: AttemptId) => {
    if (tag === undefined) throw new Error('a prepared transaction was named before the server was asked')
    return identifierOf(tag, attempt)
  }
  const prepared = async (session: Session) => {
    const { rows } = await session.run({ sql: 'XA RECOVER', values: [], answers: 'rows' })
    return rows.flatMap((row) => attemptOf(String(tag), row) ?? [])
  }
  return {
    branchIdMaxLength: BRANCH_ID_MAX_LENGTH,

    check: async (session) => {
      tag = tagOf(service, await databaseOf(session))
      try {
        await prepared(session)
      } catch (thrown) {
        if (errorCode(thrown) === NOT_LISTED) throw new BarrierUnavailable(NO_RIGHT, { cause: thrown })
        throw thrown
      }
    },

    createRegistrations: (table) => [
      command(`CREATE TABLE IF NOT EXISTS ${table} (
  gid varchar(64) ${ASCII},
  branch_id varchar(64) ${ASCII},
  -- Whose prepare may still be acknowledged.
  token varchar(64) ${ASCII},
  state varchar(10) ${ASCII} CHECK (state IN ('registered', 'prepared')),
  -- The result of what is prepared, as JSON.
  answer mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  -- Epoch milliseconds.
  created_at bigint NOT NULL,
  PRIMARY KEY (gid, branch_id)
) ENGINE = InnoDB`),
    ],

    unlessThere: 'ON DUPLICATE KEY UPDATE gid = gid',
    // A statement can't see what XA RECOVER lists; XA PREPARE itself fails where there is nothing to prepare.
    whilePrepared: () => ({ sql: '', values: [] }),

    limitWaits: (timeoutMs) => [
      command('SET @assent_lock_wait = @@SESSION.innodb_lock_wait_timeout'),
      command(`SET SESSION innodb_lock_wait_timeout = ${Math.ceil(timeoutMs / SECOND_MS)}`),
    ],
    unlimitWaits: [command('SET SESSION innodb_lock_wait_timeout = @assent_lock_wait')],

    begin: async (session, attempt) => {
      await session.run(command('SET TRANSACTION ISOLATION LEVEL READ COMMITTED'))
      try {
        await session.run(command(`XA START ${nameOf(attempt)}`))
      } catch (thrown) {
        if (errorCode(thrown) !== DUPLICATE_XID) throw thrown
        throw new BarrierUnavailable('another attempt is at this prepare', { cause: thrown })
      }
    },
    prepare: async (session, attempt) => {
      await session.run(command(`XA END ${nameOf(attempt)}`))
      await session.run(command(`XA PREPARE ${nameOf(attempt)}`))
    },
    abandon: async (session, attempt) => {
      // It fails where a deadlock or a timeout has ended the work already; what was begun is still to be rolled back.
      await session.run(command(`XA END ${nameOf(attempt)}`)).catch(() => {})
      await session.run(command(`XA ROLLBACK ${nameOf(attempt)}`))
    },
    keepsConnections: false,

    end: async (session, attempt, how) => {
      const waitedFrom = performance.now()
      for (;;) {
        try {
          await session.run(command(`XA ${how.toUpperCase()} ${nameOf(attempt)}`))
          return true
        } catch (thrown) {
          if (errorCode(thrown) !== UNKNOWN_XID) throw thrown
          if (!(await prepared(session)).some((each) => isSame(each, attempt))) return false
          if (performance.now() - waitedFrom > DETACH_MAX_MS) {
            const message = 'the connection that prepared this transaction is still open'
            throw new BarrierUnavailable(message, { cause: thrown })
          }
        }
        await sleep(DETACH_POLL_MS)
      }
    },

    prepared,
  }
}

const ASCII = 'CHARACTER SET ascii COLLATE ascii_bin NOT NULL'

const WHAT_IT_IS: Statement = {
  sql: "SELECT COALESCE(DATABASE(), '') AS chosen, VERSION() AS version",
  values: [],
  answers: 'rows',
}

async function databaseOf(session: Session): Promise<string> {
  const { rows } = await session.run(WHAT_IT_IS)
  const [chosen, version] = [String(rows[0]?.chosen), String(rows[0]?.version)]
  if (!survivesConnections(version)) throw new BarrierUnavailable(`${version} ${TOO_OLD}`)
  if (chosen === '') throw new BarrierUnavailable(NO_DATABASE)
  return chosen
}

/** Whether a server of this version keeps what was prepared when its connection is closed. */
export function survivesConnections(version: string): boolean {
  // Old replicas could not read a MariaDB's own number, so that some put this one before it.
  const own = version.replace(/^5\.5\.5-(?=.*MariaDB)/, '')
  const [major = 0, minor = 0, patch = 0] = (own.match(/\d+/g) ?? []).map(Number)
  const number = (major * SCALE + minor) * SCALE + patch
  return number >= (version.includes('MariaDB') ? MARIADB_10_5 : MYSQL_5_7_7)
}

const SCALE = 1_000
const MARIADB_10_5 = (10 * SCALE + 5) * SCALE
const MYSQL_5_7_7 = (5 * SCALE + 7) * SCALE + 7

function isSame(one: AttemptId, other: AttemptId): boolean {
  return one.gid === other.gid && one.branchId === other.branchId && one.token === other.token
}
