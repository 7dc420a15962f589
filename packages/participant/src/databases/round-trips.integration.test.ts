import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callOf } from '../../test/accounts.ts'
import { type CountingProxy, startCountingProxy } from '../../test/sql/counting-proxy.ts'
import { newDatabase, type TestDatabase } from '../../test/sql/database.ts'
import {
  MARIADB,
  MARIADB_ONE_BY_ONE,
  MYSQL2,
  MYSQL2_ONE_BY_ONE,
  PG,
  POSTGRES_JS,
} from '../../test/sql/libraries.ts'
import type { Library, Opened } from '../../test/sql/library.ts'
import type { BarrierOperation } from '../barrier/call.ts'
import { sqlBarrier } from '../barrier/sql/barrier.ts'

const TURNS = 5

interface Price {
  /** Round trips beyond those of the business transaction alone. */
  extra: number
  /** All round trips of a repeat, whose business is not run. */
  duplicate: number
}

describe('one statement at a time', () => {
  price(MYSQL2_ONE_BY_ONE, { extra: 3, duplicate: 5 })
  price(MARIADB_ONE_BY_ONE, { extra: 3, duplicate: 5 })
})

describe('as drivers can do it', () => {
  price(PG, { extra: 0, duplicate: 3 })
  price(POSTGRES_JS, { extra: 1, duplicate: 4 })
  price(MYSQL2, { extra: 0, duplicate: 3 })
  price(MARIADB, { extra: 0, duplicate: 3 })
})

function price<Transaction>(library: Library<Transaction>, { extra, duplicate }: Price): void {
  describe(`through ${library.name}`, () => {
    let database: TestDatabase
    let proxy: CountingProxy
    let opened: Opened<Transaction>
    let branch = 0
    beforeAll(async () => {
      database = await newDatabase(library.dialect)
      proxy = await startCountingProxy(database.url)
      // One connection, so that all statements that a driver prepares once are prepared.
      opened = await library.open(proxy.url, 1)
    })
    afterAll(async () => {
      await opened.close()
      await proxy.close()
      await database.drop()
    })

    const call = (op: BarrierOperation, result?: string, branchId = String(branch)) =>
      sqlBarrier(opened.database).run(callOf(op, branchId), async (transaction) => {
        await opened.leave(transaction, op)
        return result
      })
    /** The least of some: the first make the table and prepare statements, and pools look after connections. */
    const counted = async (work: () => unknown): Promise<number> => {
      const counts: number[] = []
      while (counts.length < TURNS) {
        branch += 1
        proxy.roundTrips()
        await work()
        counts.push(proxy.roundTrips())
      }
      return Math.min(...counts)
    }

    it(`the barrier adds ${extra} round trips to a business transaction, with a result or without`, async () => {
      const bare = await counted(() => opened.bare?.((transaction) => opened.leave(transaction, 'bare')))
      expect(bare).toBe(3)
      expect(await counted(() => call('action'))).toBe(bare + extra)
      expect(await counted(() => call('action', 'a result'))).toBe(bare + extra)
    })

    it('an undo takes no more than its call, where statements go together', async () => {
      const undone = await counted(async () => {
        await call('action')
        proxy.roundTrips()
        await call('compensate')
      })
      // Its call's row is inserted and read as well.
      expect(undone).toBe(extra > 1 ? 3 + extra + 2 : 3 + extra)
    })

    it(`a repeat takes ${duplicate} round trips`, async () => {
      const repeated = await counted(async () => {
        await call('action')
        proxy.roundTrips()
        await call('action')
      })
      expect(repeated).toBe(duplicate)
    })

    it('a commit whose answer is lost is told as an error, and a repeat finds what happened', async () => {
      const lines = async () => (await database.run('SELECT what FROM effects')).length
      await call('action', undefined, 'before')
      const before = await lines()
      // postgres.js has prepared its COMMIT, and sends only a name of it behind this.
      proxy.loseAnswerTo(library.name === POSTGRES_JS.name ? /UPDATE assent_barrier/ : /COMMIT(?!TED)/)
      await expect(call('action', 'a result', 'lost')).rejects.toThrow()
      expect(await call('action', 'another', 'lost')).toEqual({
        case: 'duplicate',
        outcome: 'done',
        result: 'a result',
      })
      expect(await lines()).toBe(before + 1)
    })
  })
}
