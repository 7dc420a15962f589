import pgDriver from 'pg'
import postgresDriver from 'postgres'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callOf, gate } from '../../test/accounts.ts'
import { newDatabase } from '../../test/sql/database.ts'
import { within } from '../../test/sql/service.ts'
import { BarrierUnavailable } from '../barrier/barrier.ts'
import { sqlBarrier } from '../barrier/sql/barrier.ts'
import type { Database } from './database.ts'
import { pg } from './pg.ts'
import { postgresJs } from './postgres-js.ts'
import type { RowWaitOptions } from './postgres-waits.ts'

/** One connection is held by the call that hangs, the others by its repeats. */
const CONNECTIONS = 3
const ROW_WAIT_MS = 200

interface Made {
  database: Database<unknown>
  close: () => Promise<unknown>
}
const DRIVERS: Readonly<Record<string, (url: string, options: RowWaitOptions, own: string) => Made>> = {
  pg: (url, options, own) => {
    const pool = new pgDriver.Pool({
      connectionString: url,
      max: CONNECTIONS,
      options: `-c lock_timeout=${own}`,
    })
    // One may be ending still when the database goes.
    pool.on('error', () => {})
    return { database: pg(pool, options), close: () => pool.end() }
  },
  'postgres.js': (url, options, own) => {
    const connection = { lock_timeout: Number(own) }
    const sql = postgresDriver(url, { max: CONNECTIONS, connection, onnotice: () => {} })
    return { database: postgresJs(sql, options), close: () => sql.end() }
  },
}

describe.each(Object.keys(DRIVERS))('the wait for a call under way, through %s', (driver) => {
  let url: string
  let dropDatabase: () => Promise<unknown>
  let made: Made
  beforeEach(async () => {
    const database = await newDatabase('postgres')
    url = database.url
    dropDatabase = () => database.drop()
  })
  afterEach(async () => {
    await made.close()
    await dropDatabase()
  })
  const open = (own: string) => {
    const opened = DRIVERS[driver]?.(url, { rowWaitMaxMs: ROW_WAIT_MS }, own)
    if (opened === undefined) throw new Error(`no driver ${driver}`)
    made = opened
    return sqlBarrier(made.database, { restarts: { attemptsMax: 1 } })
  }

  it('ends, so that repeats of a call that hangs leave connections to others', async () => {
    const barrier = open('0')
    await barrier.run(callOf('action', 'first'), () => 'the table is there')
    const [hanging, end] = [gate(), gate()]
    const hung = barrier.run(callOf('action'), async () => {
      hanging.open()
      await end.passed
    })
    await hanging.passed
    const repeats = [1, 2].map(() => barrier.run(callOf('action'), () => 'again'))
    const reasons = (await Promise.allSettled(repeats)).map((each) => 'reason' in each && each.reason)
    for (const reason of reasons) expect(reason).toBeInstanceOf(BarrierUnavailable)
    const other = await barrier.run(callOf('action', 'other'), () => 'served')
    expect(other).toMatchObject({ case: 'executed', result: 'served' })
    end.open()
    expect(await hung).toMatchObject({ case: 'executed' })
  })

  it.each(['0', '7000'])(
    'has a limit of its own: that of the session, %s, is the business’s',
    async (own) => {
      const barrier = open(own)
      const answer = await barrier.run(callOf('action'), async (transaction) => {
        const shown = await within(transaction).run({
          sql: `SELECT setting FROM pg_settings WHERE name = 'lock_timeout'`,
          values: [],
          answers: 'rows',
        })
        return String(shown.rows[0]?.setting)
      })
      expect(answer).toMatchObject({ result: own })
    },
  )
})
