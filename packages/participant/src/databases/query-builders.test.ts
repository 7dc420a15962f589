import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaPg } from '@prisma/adapter-pg'
import { drizzle as drizzleMysql2, type MySql2Transaction } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePg, type NodePgTransaction } from 'drizzle-orm/node-postgres'
import createKnex, { type Knex } from 'knex'
import { Kysely, MssqlAdapter, MysqlDialect, PostgresDialect, SqliteDialect, type Transaction } from 'kysely'
import { createPool as createMysqlPool } from 'mysql2'
import mysql2 from 'mysql2/promise'
import pg from 'pg'
import { DataSource, type EntityManager } from 'typeorm'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { clientOf, type TransactionClient } from '../../test/sql/prisma.ts'
import type { Database } from './database.ts'
import { drizzle } from './drizzle.ts'
import { knex } from './knex.ts'
import { kysely } from './kysely.ts'
import { prisma } from './prisma.ts'
import { sessionOf } from './session-of.ts'
import { typeorm } from './typeorm.ts'

interface Tables {
  accounts: { name: string; cents: number }
}

/** Nothing here connects. */
const pools = {
  kyselyPostgres: () => new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new pg.Pool() }) }),
  kyselyMysql: () => new Kysely<Tables>({ dialect: new MysqlDialect({ pool: createMysqlPool({}) }) }),
  knexPostgres: () => createKnex({ client: 'pg' }),
  knexMysql: () => createKnex({ client: 'mysql2' }),
  drizzlePg: () => drizzlePg(new pg.Pool()),
  drizzleMysql2: () => drizzleMysql2(mysql2.createPool({})),
  prismaPostgres: () => clientOf('postgresql', new PrismaPg({})),
  prismaMysql: () => clientOf('mysql', new PrismaMariaDb({})),
  typeormPostgres: () => new DataSource({ type: 'postgres' }),
  typeormMysql: () => new DataSource({ type: 'mysql' }),
}

describe('a query builder', () => {
  it('gives the business function its own transaction, with all its types', () => {
    expectTypeOf(kysely(pools.kyselyPostgres())).toEqualTypeOf<Database<Transaction<Tables>>>()
    expectTypeOf(knex(pools.knexPostgres())).toEqualTypeOf<Database<Knex.Transaction>>()
    expectTypeOf(prisma(pools.prismaPostgres())).toEqualTypeOf<Database<TransactionClient>>()
    expectTypeOf(typeorm(pools.typeormPostgres())).toEqualTypeOf<Database<EntityManager>>()
    const onPostgres = drizzle(pools.drizzlePg())
    expectTypeOf<NodePgTransaction<Record<string, never>, Record<string, never>>>().toExtend<
      TransactionOf<typeof onPostgres>
    >()
    const onMysql = drizzle(pools.drizzleMysql2())
    expectTypeOf<MySql2Transaction<Record<string, never>, Record<string, never>>>().toExtend<
      TransactionOf<typeof onMysql>
    >()
    type TransactionOf<Of> = Of extends Database<infer Each> ? Each : never
  })

  it('is known by its dialect', () => {
    expect(kysely(pools.kyselyPostgres()).dialect).toBe('postgres')
    expect(kysely(pools.kyselyMysql()).dialect).toBe('mysql')
    expect(knex(pools.knexPostgres()).dialect).toBe('postgres')
    expect(knex(pools.knexMysql()).dialect).toBe('mysql')
    expect(drizzle(pools.drizzlePg()).dialect).toBe('postgres')
    expect(drizzle(pools.drizzleMysql2()).dialect).toBe('mysql')
    expect(prisma(pools.prismaPostgres()).dialect).toBe('postgres')
    expect(prisma(pools.prismaMysql()).dialect).toBe('mysql')
    expect(typeorm(pools.typeormPostgres()).dialect).toBe('postgres')
    expect(typeorm(pools.typeormMysql()).dialect).toBe('mysql')
  })

  it('that speaks to another database is refused', () => {
    const sqlite = new Kysely<Tables>({ dialect: new SqliteDialect({ database: {} as never }) })
    expect(() => kysely(sqlite)).toThrow('neither PostgreSQL nor MySQL')
    const mssql = Object.assign(sqlite, { getExecutor: () => ({ adapter: new MssqlAdapter() }) })
    expect(() => kysely(mssql as never)).toThrow('neither PostgreSQL nor MySQL')
    expect(() => knex({ client: { dialect: 'sqlite3' } } as never)).toThrow('neither PostgreSQL nor MySQL')
    expect(() => prisma({ _activeProvider: 'sqlite' } as never)).toThrow('neither PostgreSQL nor MySQL')
    expect(() => typeorm(new DataSource({ type: 'cockroachdb', timeTravelQueries: false }))).toThrow(
      "TypeORM's cockroachdb is neither PostgreSQL nor MySQL",
    )
  })

  it.each(Object.entries(pools))('(%s) is not taken for one of its transactions', (_name, open) => {
    expect(sessionOf(open())).toBeUndefined()
  })

  it.each([undefined, null, 7, 'transaction', {}, () => {}, new pg.Pool()])('is not seen in %s', (other) => {
    expect(sessionOf(other)).toBeUndefined()
  })
})
