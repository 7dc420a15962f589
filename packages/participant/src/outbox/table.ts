import { PROBE } from '../barrier/sql/rows.ts'
import type { Database, Dialect, Statement } from '../databases/database.ts'
import type { OutboxDialect } from './dialect.ts'
import { MYSQL } from './mysql/dialect.ts'
import { outboxTable as mysqlTable } from './mysql/table.ts'
import { POSTGRES } from './postgres/dialect.ts'
import { outboxTable as postgresTable } from './postgres/table.ts'
import { outboxName } from './table-names.ts'

export const OUTBOX_DIALECTS: Readonly<Record<Dialect, OutboxDialect>> = { postgres: POSTGRES, mysql: MYSQL }

const TABLES = { postgres: postgresTable, mysql: mysqlTable } as const

/**
 * The statements that create the outbox's tables, for a service that keeps its migrations itself, to be run one after
 * another. `mysql` is MariaDB's as well.
 */
export function outboxTable(dialect: Dialect, table?: string): readonly string[] {
  return TABLES[dialect](table)
}

/**
 * Creates the outbox's tables where they are missing. A relay does so when it misses them, and not before: an index
 * that is there already is created only when nobody writes, and keeps writers waiting until then.
 */
export async function createOutbox(database: Database<unknown>, table?: string): Promise<void> {
  const first: readonly Statement[] = OUTBOX_DIALECTS[database.dialect].create(outboxName(table))
  await database.transact<void>({
    isolation: 'read committed',
    first,
    work: async () => ({ keep: true, value: undefined, last: PROBE }),
  })
}
