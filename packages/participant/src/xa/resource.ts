import { ID_PATTERN, invalidRequest, type Problem } from '@assent/contract'
import type { Business } from '../barrier/barrier.ts'
import type { Call } from '../barrier/call.ts'
import type { Answer } from '../barrier/decision.ts'
import { MYSQL } from '../barrier/mysql/dialect.ts'
import { POSTGRES } from '../barrier/postgres/dialect.ts'
import { SqlRows } from '../barrier/sql/rows.ts'
import { tableName } from '../barrier/table-name.ts'
import type { MariadbPool, MariadbPoolConnection } from '../databases/mariadb.ts'
import type { Mysql2Pool, Mysql2PoolConnection } from '../databases/mysql2.ts'
import type { ClientOf, PgPool } from '../databases/pg.ts'
import { Branches } from './branches.ts'
import { commit } from './commit.ts'
import { inDoubt } from './in-doubt.ts'
import { mysqlDialect } from './mysql/dialect.ts'
import { mariadbPool } from './pools/mariadb.ts'
import { mysql2Pool } from './pools/mysql2.ts'
import { pgPool } from './pools/pg.ts'
import type { XaPool } from './pools/pool.ts'
import { postgresDialect } from './postgres/dialect.ts'
import { prepare } from './prepare.ts'
import { Registrations } from './registrations.ts'
import { rollback } from './rollback.ts'
import { serviceName } from './service-name.ts'
import { IN_DOUBT_MAX, type InDoubt, LOCK_TIMEOUT_MS, type XaOptions, type XaResource } from './xa.ts'

/** The table in which prepares are registered. */
export const XA_TABLE = 'assent_xa'

/**
 * PostgreSQL through a `Pool` of `pg`; the business function gets its `PoolClient`.
 *
 *     const accounts = xaPg(new Pool({ connectionString }), { service: 'accounts' })
 *     createServer(nodeHandler(xaParticipant(accounts, ({ payload, database }) => withdraw(database, payload))))
 */
export function xaPg<Pool extends PgPool>(pool: Pool, options: XaOptions): XaResource<ClientOf<Pool>> {
  return xaResource(pgPool(pool), options)
}

/** MySQL or MariaDB through a pool of `mysql2/promise`; the business function gets its `PoolConnection`. */
export function xaMysql2<Connection extends Mysql2PoolConnection>(
  pool: Mysql2Pool<Connection>,
  options: XaOptions,
): XaResource<Connection> {
  return xaResource(mysql2Pool(pool), options)
}

/** MySQL or MariaDB through a pool of `mariadb`; the business function gets its `PoolConnection`. */
export function xaMariadb<Connection extends MariadbPoolConnection>(
  pool: MariadbPool<Connection>,
  options: XaOptions,
): XaResource<Connection> {
  return xaResource(mariadbPool(pool), options)
}

function xaResource<Connection>(pool: XaPool<Connection>, options: XaOptions): XaResource<Connection> {
  const { table, registrations = XA_TABLE, lockTimeoutMs = LOCK_TIMEOUT_MS, now = Date.now } = options
  const service = serviceName(options.service)
  const [dialect, barrier] =
    pool.database.dialect === 'postgres'
      ? [postgresDialect(service), POSTGRES]
      : [mysqlDialect(service), MYSQL]
  return new SqlXaResource(
    new Branches({
      pool,
      dialect,
      rows: new SqlRows(barrier, tableName(table), now),
      registrations: new Registrations(tableName(registrations), dialect, barrier, now),
      lockTimeoutMs,
    }),
  )
}

class SqlXaResource<Connection> implements XaResource<Connection> {
  readonly #branches: Branches<Connection>

  constructor(branches: Branches<Connection>) {
    this.#branches = branches
  }

  async run(call: Call, business: Business<Connection>): Promise<Answer> {
    // Nothing of a name that finds no room was ever prepared, nor will be.
    if (call.op === 'rollback' && hasNoRoom(call, this.#branches.dialect.branchIdMaxLength)) {
      return { case: 'empty', outcome: 'done' }
    }
    mustBeNamed(call, this.#branches.dialect.branchIdMaxLength)
    await this.#branches.ready()
    switch (call.op) {
      case 'prepare':
        return prepare(this.#branches, call, business)
      case 'commit':
        return commit(this.#branches, call)
      case 'rollback':
        return rollback(this.#branches, call)
      default:
        throw invalidRequest([{ path: 'op', problem: `is ${call.op}, which mode xa has not` }])
    }
  }

  async inDoubt(after?: InDoubt, limit = IN_DOUBT_MAX): Promise<readonly InDoubt[]> {
    await this.#branches.ready()
    return inDoubt(this.#branches, after, limit)
  }

  check(): Promise<void> {
    return this.#branches.check()
  }
}

function hasNoRoom({ gid, branchId }: Call, branchIdMaxLength: number): boolean {
  return ID_PATTERN.test(gid) && ID_PATTERN.test(branchId) && branchId.length > branchIdMaxLength
}

/** They stand in identifiers that are written into statements. */
function mustBeNamed({ gid, branchId }: Call, branchIdMaxLength: number): void {
  const problems: Problem[] = Object.entries({ gid, branchId })
    .filter(([, id]) => !ID_PATTERN.test(id))
    .map(([path]) => ({ path, problem: 'must be 1 to 64 letters, digits, _ or -' }))
  if (branchId.length > branchIdMaxLength) {
    const problem = `may have ${branchIdMaxLength} characters where the branch is prepared by MySQL or MariaDB`
    problems.push({ path: 'branchId', problem })
  }
  if (problems.length > 0) throw invalidRequest(problems)
}
