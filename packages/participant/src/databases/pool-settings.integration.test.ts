import { ongoing } from '@assent/contract'
import * as mariadbDriver from 'mariadb'
import mysql2Driver from 'mysql2/promise'
import pgDriver from 'pg'
import postgresDriver from 'postgres'
import { describe, expect, it } from 'vitest'
import { callOf } from '../../test/accounts.ts'
import { mysqlAddress, newDatabase } from '../../test/sql/database.ts'
import { sqlBarrier } from '../barrier/sql/barrier.ts'
import type { Database, Dialect } from './database.ts'
import { mariadb } from './mariadb.ts'
import { mysql2 } from './mysql2.ts'
import { pg } from './pg.ts'
import { postgresJs } from './postgres-js.ts'

interface Made {
  database: Database<unknown>
  close(): Promise<unknown>
}

/** What services set for their own sake, and the barrier must not mind. */
const POOLS: readonly (readonly [string, Dialect, (url: string) => Made])[] = [
  [
    'pg that reads bigints as such and strings by the old rules',
    'postgres',
    (url) => {
      const types = {
        getTypeParser: (oid: number, format?: 'text') =>
          oid === 20 ? BigInt : pgDriver.types.getTypeParser(oid, format),
      }
      const options = '-c standard_conforming_strings=off -c default_transaction_isolation=serializable'
      // biome-ignore lint/suspicious/noExplicitAny: the driver's types want more overloads
      const pool = new pgDriver.Pool({ connectionString: url, options, types: types as any })
      return { database: pg(heard(pool)), close: () => pool.end() }
    },
  ],
  [
    'pg that pipelines',
    'postgres',
    (url) => {
      const pool = new pgDriver.Pool({ connectionString: url, ...{ pipeline: true } })
      return { database: pg(heard(pool)), close: () => pool.end() }
    },
  ],
  [
    'postgres.js that renames columns and prepares nothing',
    'postgres',
    (url) => {
      const sql = postgresDriver(url, { transform: postgresDriver.camel, prepare: false, onnotice: () => {} })
      return { database: postgresJs(sql), close: () => sql.end() }
    },
  ],
  [
    'mysql2 that counts changed rows, reads arrays and writes latin1',
    'mysql',
    (url) => {
      const pool = mysql2Driver.createPool({
        ...mysqlAddress(url),
        flags: ['-FOUND_ROWS'],
        rowsAsArray: true,
        namedPlaceholders: true,
        charset: 'latin1',
        supportBigNumbers: true,
        bigNumberStrings: true,
      })
      return { database: mysql2(pool), close: () => pool.end() }
    },
  ],
  [
    'mysql2 whose server takes backslashes and double quotes by the standard',
    'mysql',
    (url) => {
      const pool = mysql2Driver.createPool(mysqlAddress(url))
      pool.on('connection', (connection) => {
        connection.query("SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES', autocommit = 0")
      })
      return { database: mysql2(pool), close: () => pool.end() }
    },
  ],
  [
    'mariadb that counts changed rows, reads arrays and names its placeholders',
    'mysql',
    (url) => {
      const pool = mariadbDriver.createPool({
        ...mysqlAddress(url),
        foundRows: false,
        rowsAsArray: true,
        metaAsArray: true,
        namedPlaceholders: true,
        bigIntAsNumber: true,
        charset: 'latin1',
      })
      return { database: mariadb(pool), close: () => pool.end() }
    },
  ],
  [
    'mariadb whose server takes backslashes by the standard',
    'mysql',
    (url) => {
      const initSql = "SET sql_mode = 'NO_BACKSLASH_ESCAPES', tx_isolation = 'SERIALIZABLE'"
      const pool = mariadbDriver.createPool({ ...mysqlAddress(url), initSql })
      return { database: mariadb(pool), close: () => pool.end() }
    },
  ],
]

/** A session that the server ends as its database goes says so to nobody else. */
function heard(pool: pgDriver.Pool): pgDriver.Pool {
  return pool.on('error', () => {})
}

describe.each(POOLS)('a pool of %s', (_, dialect, make) => {
  it('makes no difference to the barrier', async () => {
    const server = await newDatabase(dialect)
    const pool = make(server.url)
    try {
      // The clock stands still: no row changes by its time alone.
      const barrier = sqlBarrier(pool.database, { now: () => 1_000_000 })
      const result = `it's \\ "𝄞" \ud800 ✓`
      const told = { outcome: 'done', result }
      expect(await barrier.run(callOf('action'), () => result)).toEqual({ case: 'executed', ...told })
      expect(await barrier.run(callOf('action'), () => 'other')).toEqual({ case: 'duplicate', ...told })
      expect(await barrier.run(callOf('compensate'), () => {})).toMatchObject({ case: 'executed' })
      expect(await barrier.run(callOf('cancel', '02'), () => {})).toMatchObject({ case: 'empty' })
      expect(await barrier.run(callOf('try', '02'), () => {})).toMatchObject({ case: 'late' })
      expect(await barrier.run(callOf('action', '03'), () => ongoing())).toMatchObject({ case: 'ongoing' })
      expect(await barrier.complete(callOf('action', '03'), { outcome: 'done' })).toMatchObject({
        case: 'executed',
      })
      const [page] = await barrier.page('', 10)
      expect(page).toMatchObject({ gid: 'transfer-1', ongoing: false })
      expect(await barrier.forget(['transfer-1'], 2_000_000)).toBe(1)
    } finally {
      await pool.close()
      await server.drop()
    }
  })
})
