import { type StoreBench, storeConformance } from '@assent/testkit/conformance/store'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type PostgresUnderTest, postgresUnderTest, shiftClock } from '../../test/postgres.ts'
import { postgres } from './store.ts'

const EXEMPTS = [
  {
    title: 'a store that is opened again has forgotten who drove what, so that it is taken up at once',
    reason: 'others may be driving: what a process left behind is taken up when its lease has run out',
  },
]

let database: PostgresUnderTest
beforeAll(async () => {
  database = await postgresUnderTest()
})
afterAll(() => database.close())

async function open(): Promise<StoreBench> {
  const schema = database.newSchema()
  let aheadMs = 0
  let store = postgres({ url: database.url, schema })
  await store.open()
  return {
    store,
    leaseMs: 60_000,
    async advance(ms) {
      aheadMs += ms
      await shiftClock(database, schema, aheadMs)
    },
    async reopen() {
      await store.close()
      store = postgres({ url: database.url, schema })
      await store.open()
      return store
    },
    close: () => store.close(),
  }
}

describe('the PostgreSQL store', () => {
  for (const { title, exempt, run } of storeConformance(open, EXEMPTS)) it.skipIf(exempt)(title, run)
})
