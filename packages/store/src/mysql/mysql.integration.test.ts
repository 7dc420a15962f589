import { setTimeout as sleep } from 'node:timers/promises'
import { type StoreBench, storeConformance } from '@assent/testkit/conformance/store'
import { type TestServer, testMariadb } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { newDatabase } from '../../test/mysql-databases.ts'
import { mysql } from './store.ts'

const EXEMPTS = [
  {
    title: 'a store that is opened again has forgotten who drove what, so that it is taken up at once',
    reason: 'other coordinators go on while one store is opened again',
  },
]

let server: TestServer

beforeAll(async () => {
  server = await testMariadb()
})
afterAll(() => server.close())

/** Time is the server's and can not be moved, so the suite waits for it. */
async function openBench(): Promise<StoreBench> {
  const database = await newDatabase(server.url)
  let store = mysql({ url: database.url })
  await store.open()
  return {
    store,
    leaseMs: 1_000,
    advance: (ms) => sleep(ms),
    async reopen() {
      await store.close()
      store = mysql({ url: database.url })
      await store.open()
      return store
    },
    async close() {
      await store.close()
      await database.drop()
    },
  }
}

describe('the MySQL store', () => {
  for (const { title, exempt, run } of storeConformance(openBench, EXEMPTS)) {
    it.skipIf(exempt)(exempt ? `${title} (not here: ${exempt})` : title, { timeout: 60_000 }, run)
  }
})
