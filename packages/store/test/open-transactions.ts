import type { DatabaseSync } from 'node:sqlite'
import type { OpenTransaction } from '@assent/engine'
import type { Connection } from 'mariadb'
import type pg from 'pg'

/** An application's own transaction, as the port takes it. */
export function ofPostgres(client: pg.ClientBase): OpenTransaction {
  return {
    dialect: 'postgres',
    async run({ sql, values }) {
      let number = 0
      const text = sql.replaceAll('?', () => `$${++number}`)
      return { rows: (await client.query(text, [...values])).rows }
    },
  }
}

export function ofMariadb(connection: Connection): OpenTransaction {
  return {
    dialect: 'mysql',
    async run({ sql, values, answers }) {
      const answer = await connection.query(sql, values)
      return { rows: answers === 'rows' ? answer : [] }
    },
  }
}

export function ofSqlite(database: DatabaseSync): OpenTransaction {
  return {
    dialect: 'sqlite',
    async run({ sql, values, answers }) {
      const statement = database.prepare(sql)
      if (answers === 'rows') return { rows: statement.all(...values) }
      statement.run(...values)
      return { rows: [] }
    },
  }
}
