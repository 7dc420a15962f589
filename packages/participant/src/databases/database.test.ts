import type * as mariadbDriver from 'mariadb'
import type mysql2Driver from 'mysql2/promise'
import type pgDriver from 'pg'
import type postgresDriver from 'postgres'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Database, mustHaveCount, numbered } from './database.ts'
import { mariadb } from './mariadb.ts'
import { mysql2 } from './mysql2.ts'
import { pg } from './pg.ts'
import { postgresJs } from './postgres-js.ts'
import { sessionOf } from './session-of.ts'

describe('the business of a driver', () => {
  it("gets the driver's own transaction", () => {
    expectTypeOf(pg<pgDriver.Pool>).returns.toEqualTypeOf<Database<pgDriver.PoolClient>>()
    expectTypeOf((pool: mysql2Driver.Pool) => mysql2(pool)).returns.toEqualTypeOf<
      Database<mysql2Driver.PoolConnection>
    >()
    expectTypeOf((pool: mariadbDriver.Pool) => mariadb(pool)).returns.toEqualTypeOf<
      Database<mariadbDriver.PoolConnection>
    >()
    expectTypeOf((sql: postgresDriver.Sql) => postgresJs(sql)).returns.toEqualTypeOf<
      Database<postgresDriver.TransactionSql>
    >()
  })
})

describe('a statement', () => {
  it("has PostgreSQL's numbers in the order of its question marks", () => {
    expect(numbered({ sql: 'a = ? AND b = ?', values: [1, 2], answers: 'rows' })).toBe('a = $1 AND b = $2')
  })

  it('that had to change one row and did not, or changed more, is not passed over', () => {
    mustHaveCount({ rows: [], count: 1 })
    for (const count of [0, 2, Number.NaN]) {
      expect(() => mustHaveCount({ rows: [], count })).toThrow('left to the barrier')
    }
  })
})

describe('a session', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', {}],
    ['a pool of pg', { query: () => {}, connect: () => {}, totalCount: 0 }],
    [
      'a pool of a MySQL driver',
      { query: () => {}, execute: () => {}, batch: () => {}, getConnection: () => {} },
    ],
    ['postgres.js itself', Object.assign(() => {}, { unsafe: () => {}, begin: () => {} })],
  ])('is not found in %s', (_, value) => {
    expect(sessionOf(value)).toBeUndefined()
  })
})
