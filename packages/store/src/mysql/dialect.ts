import type { ConnectionInfo } from 'mariadb'
import type { Objection } from './objection.ts'

/** What MariaDB and MySQL each have in a way of their own. All that is not here both understand. */
export interface Dialect {
  product: 'MariaDB' | 'MySQL'
  /** The first version that has all that is asked of it. */
  oldest: readonly [major: number, minor: number, patch: number]
  /** Compares text by its characters alone: neither case nor spaces at its end are the same as none. */
  collation: string
  /** Ends a statement at the server that takes longer, where it can. */
  statementLimit(milliseconds: number): string
}

const MARIADB: Dialect = {
  product: 'MariaDB',
  oldest: [10, 6, 0],
  collation: 'utf8mb4_nopad_bin',
  statementLimit: (milliseconds) => `max_statement_time = ${milliseconds / 1_000}`,
}

/** Not tested: no such server was at hand. */
const MYSQL: Dialect = {
  product: 'MySQL',
  oldest: [8, 0, 17],
  collation: 'utf8mb4_0900_bin',
  // Of statements that only read.
  statementLimit: (milliseconds) => `max_execution_time = ${milliseconds}`,
}

export function dialectOf(info: ConnectionInfo | null): Dialect {
  return info?.isMariaDB() ? MARIADB : MYSQL
}

/** Why its version will not do; undefined when it will. */
export function objectionToVersion(info: ConnectionInfo | null): Objection | undefined {
  const { product, oldest } = dialectOf(info)
  if (info === null || info.hasMinVersion(...oldest)) return undefined
  return [
    `its version is ${info.serverVersion.raw}`,
    `${product} ${oldest.join('.')} or a later version is needed`,
  ]
}
