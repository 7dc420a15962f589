import { ID_MAX_LENGTH } from '@assent/contract'
import { BarrierUnavailable } from '../../barrier/barrier.ts'
import type { Session, Statement } from '../../databases/database.ts'
import type { AttemptId, XaDialect } from '../dialect.ts'
import { command, errorCode } from '../statements.ts'
import { attemptOf, identifierOf, prefixOf } from './identifier.ts'

/** There is no prepared transaction of that name. */
const UNDEFINED_OBJECT = '42704'
/** Somebody else is ending it this moment. */
const NOT_IN_PREREQUISITE_STATE = '55000'

const DISABLED =
  'PostgreSQL has max_prepared_transactions = 0, so that it prepares nothing: set it to at least the number ' +
  'of transactions that may be in doubt at once (max_connections is a good start) in postgresql.conf and ' +
  'restart the server, a reload is not enough'

export function postgresDialect(service: string): XaDialect {
  const nameOf = (attempt: AttemptId) => `'${identifierOf(service, attempt)}'`
  return {
    branchIdMaxLength: ID_MAX_LENGTH,

    check: async (session) => {
      const { rows } = await session.run(MAX_PREPARED)
      if (Number(rows[0]?.most) === 0) throw new BarrierUnavailable(DISABLED)
    },

    createRegistrations: (table) => [
      // CREATE TABLE IF NOT EXISTS fails where another is amid the same.
      {
        sql: `SELECT pg_advisory_xact_lock(hashtext('${table}'))::text AS held`,
        values: [],
        answers: 'rows',
      },
      command(`CREATE TABLE IF NOT EXISTS ${table} (
  gid text COLLATE "C" NOT NULL,
  branch_id text COLLATE "C" NOT NULL,
  -- Whose prepare may still be acknowledged.
  token text NOT NULL,
  state text NOT NULL CHECK (state IN ('registered', 'prepared')),
  -- The result of what is prepared, as JSON.
  answer text,
  -- Epoch milliseconds.
  created_at bigint NOT NULL,
  PRIMARY KEY (gid, branch_id)
)`),
    ],

    unlessThere: 'ON CONFLICT DO NOTHING',

    whilePrepared: (attempt) => ({
      sql: ' AND EXISTS (SELECT 1 FROM pg_prepared_xacts WHERE gid = ? AND database = current_database())',
      values: [identifierOf(service, attempt)],
    }),

    limitWaits: (timeoutMs) => [command(`SET LOCAL lock_timeout = ${Math.ceil(timeoutMs)}`)],
    unlimitWaits: [],

    begin: async (session) => void (await session.run(command('BEGIN ISOLATION LEVEL READ COMMITTED'))),
    prepare: async (session, attempt) =>
      void (await session.run(command(`PREPARE TRANSACTION ${nameOf(attempt)}`))),
    abandon: async (session) => void (await session.run(command('ROLLBACK'))),
    keepsConnections: true,

    end: async (session, attempt, how) => {
      try {
        await session.run(command(`${how.toUpperCase()} PREPARED ${nameOf(attempt)}`))
        return true
      } catch (thrown) {
        if (errorCode(thrown) === UNDEFINED_OBJECT) return false
        if (errorCode(thrown) !== NOT_IN_PREREQUISITE_STATE) throw thrown
        throw new BarrierUnavailable(`somebody else is about to end ${nameOf(attempt)}`, { cause: thrown })
      }
    },

    prepared: (session) => listed(session, service),
  }
}

const MAX_PREPARED: Statement = {
  sql: "SELECT current_setting('max_prepared_transactions') AS most",
  values: [],
  answers: 'rows',
}

async function listed(session: Session, service: string): Promise<AttemptId[]> {
  const prefix = prefixOf(service)
  const { rows } = await session.run({
    sql: `SELECT gid AS name FROM pg_prepared_xacts
      WHERE database = current_database() AND left(gid, ?) = ? ORDER BY prepared`,
    values: [prefix.length, prefix],
    answers: 'rows',
  })
  return rows.flatMap(({ name }) => attemptOf(service, String(name)) ?? [])
}
