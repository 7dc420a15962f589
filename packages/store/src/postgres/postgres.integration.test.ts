import { type StoreBench, storeConformance } from '@assent/testkit/conformance/store'
import { type TestServer, testPostgres } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type PostgresTool, postgresTool, shiftClock } from '../../test/postgres.ts'
import { postgres } from './store.ts'

const EXEMPTS = [
  {
    title: 'a store that is opened again has forgotten who drove what, so that it is taken up at once',
    reason: 'others may be driving: what a process left behind is taken up when its lease has run out',
  },
]

let server: TestServer
let tool: PostgresTool
beforeAll(async () => {
  server = await testPostgres()
  tool = postgresTool(server.url)
})
afterAll(async () => {
  await tool.close()
  await server.close()
})

async function open(): Promise<StoreBench> {
  const schema = tool.newSchema()
  let aheadMs = 0
  let store = postgres({ url: server.url, schema })
  await store.open()
  return {
    store,
    leaseMs: 60_000,
    async advance(ms) {
      aheadMs += ms
      await shiftClock(tool, schema, aheadMs)
    },
    async reopen() {
      await store.close()
      store = postgres({ url: server.url, schema })
      await store.open()
      return store
    },
    close: () => store.close(),
  }
}

describe('the PostgreSQL store', () => {
  for (const { title, exempt, run } of storeConformance(open, EXEMPTS)) it.skipIf(exempt)(title, run)
})
