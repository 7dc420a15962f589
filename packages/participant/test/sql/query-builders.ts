import { sql as drizzleSql } from 'drizzle-orm'
import { drizzle as drizzleMysql2 } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js'
import createKnex, { type Knex } from 'knex'
import {
  CamelCasePlugin,
  Kysely,
  MysqlDialect,
  ParseJSONResultsPlugin,
  PostgresDialect,
  type Transaction,
} from 'kysely'
import { createPool } from 'mysql2'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import { DataSource, type EntityManager } from 'typeorm'
import { drizzle } from '../../src/databases/drizzle.ts'
import { knex } from '../../src/databases/knex.ts'
import { kysely } from '../../src/databases/kysely.ts'
import { typeorm } from '../../src/databases/typeorm.ts'
import { mysqlAddress } from './database.ts'
import type { Library } from './library.ts'

/** A pool that hears of connections that break; nobody else would. */
function pgPool(connectionString: string, max: number): pg.Pool {
  return new pg.Pool({ connectionString, max }).on('error', () => {})
}

interface Tables {
  effects: { what: string }
}

/** Plugins that change what is read; the barrier's own rows must come through unchanged. */
const plugins = [new CamelCasePlugin(), new ParseJSONResultsPlugin()]

function kyselyLibrary(
  name: string,
  dialect: Library<unknown>['dialect'],
  open: (url: string, max: number) => Kysely<Tables>,
): Library<Transaction<Tables>> {
  return {
    name,
    dialect,
    open: (url, max) => {
      const db = open(url, max)
      return {
        database: kysely(db),
        leave: (transaction, what) => transaction.insertInto('effects').values({ what }).execute(),
        close: () => db.destroy(),
      }
    },
  }
}

export const KYSELY_POSTGRES = kyselyLibrary('Kysely on PostgreSQL', 'postgres', (connectionString, max) => {
  const dialect = new PostgresDialect({ pool: pgPool(connectionString, max) })
  return new Kysely<Tables>({ dialect, plugins })
})

export const KYSELY_MYSQL = kyselyLibrary('Kysely on MariaDB', 'mysql', (url, connectionLimit) => {
  const dialect = new MysqlDialect({ pool: createPool({ ...mysqlAddress(url), connectionLimit }) })
  return new Kysely<Tables>({ dialect, plugins })
})

const SILENT = { debug: () => {}, warn: () => {}, error: () => {}, deprecate: () => {} }

function knexLibrary(
  name: string,
  dialect: Library<unknown>['dialect'],
  connect: (url: string) => Pick<Knex.Config, 'client' | 'connection'>,
): Library<Knex.Transaction> {
  return {
    name,
    dialect,
    open: (url, max) => {
      const connected = createKnex({ ...connect(url), pool: { min: 0, max }, log: SILENT })
      return {
        database: knex(connected),
        leave: async (transaction, what) => transaction('effects').insert({ what }),
        close: () => connected.destroy(),
      }
    },
  }
}

export const KNEX_POSTGRES = knexLibrary('Knex on PostgreSQL', 'postgres', (connection) => ({
  client: 'pg',
  connection,
}))

export const KNEX_MYSQL = knexLibrary('Knex on MariaDB', 'mysql', (url) => ({
  client: 'mysql2',
  connection: mysqlAddress(url),
}))

function typeormLibrary(
  name: string,
  dialect: Library<unknown>['dialect'],
  connect: (url: string, max: number) => DataSource,
): Library<EntityManager> {
  return {
    name,
    dialect,
    open: async (url, max) => {
      const dataSource = await connect(url, max).initialize()
      const places = dialect === 'postgres' ? '$1' : '?'
      return {
        database: typeorm(dataSource),
        leave: (manager, what) => manager.query(`INSERT INTO effects (what) VALUES (${places})`, [what]),
        close: () => dataSource.destroy(),
      }
    },
  }
}

export const TYPEORM_POSTGRES = typeormLibrary(
  'TypeORM on PostgreSQL',
  'postgres',
  (url, max) => new DataSource({ type: 'postgres', url, poolSize: max }),
)

export const TYPEORM_MYSQL = typeormLibrary(
  'TypeORM on MariaDB',
  'mysql',
  (url, max) => new DataSource({ type: 'mariadb', url, poolSize: max }),
)

const insert = (what: string) => drizzleSql`INSERT INTO effects (what) VALUES (${what})`

type TransactionOf<Db extends { transaction(work: never): unknown }> = Parameters<
  Parameters<Db['transaction']>[0]
>[0]

export const DRIZZLE_PG: Library<TransactionOf<ReturnType<typeof drizzlePg>>> = {
  name: 'Drizzle over pg',
  dialect: 'postgres',
  open: (connectionString, max) => {
    const pool = pgPool(connectionString, max)
    return {
      database: drizzle(drizzlePg(pool)),
      leave: async (transaction, what) => transaction.execute(insert(what)),
      close: () => pool.end(),
    }
  },
}

export const DRIZZLE_POSTGRES_JS: Library<TransactionOf<ReturnType<typeof drizzlePostgresJs>>> = {
  name: 'Drizzle over postgres.js',
  dialect: 'postgres',
  open: (url, max) => {
    const sql = postgres(url, { max, onnotice: () => {} })
    return {
      database: drizzle(drizzlePostgresJs(sql)),
      leave: async (transaction, what) => transaction.execute(insert(what)),
      close: () => sql.end(),
    }
  },
}

export const DRIZZLE_MYSQL2: Library<TransactionOf<ReturnType<typeof drizzleMysql2>>> = {
  name: 'Drizzle over mysql2',
  dialect: 'mysql',
  open: (url, connectionLimit) => {
    const pool = mysql2.createPool({ ...mysqlAddress(url), connectionLimit })
    return {
      database: drizzle(drizzleMysql2(pool)),
      leave: async (transaction, what) => transaction.execute(insert(what)),
      close: () => pool.end(),
    }
  },
}
