import { barrierTable as mysqlTable } from './mysql/table.ts'
import { barrierTable as postgresTable } from './postgres/table.ts'
import { barrierTable as sqliteTable } from './sqlite/table.ts'

const TABLES = { sqlite: sqliteTable, postgres: postgresTable, mysql: mysqlTable } as const

/**
 * The statement that creates the barrier's table, for a service that keeps its migrations itself; the barrier
 * creates it where it is missing. `mysql` is MariaDB's as well.
 */
export function barrierTable(dialect: keyof typeof TABLES, table?: string): string {
  return TABLES[dialect](table)
}
