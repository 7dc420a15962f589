import { storeConformance } from '@assent/testkit/conformance/store'
import { type TestServer, testRedis } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { ANY_WEAKNESS, openRedisBench, REDIS_EXEMPTS } from '../../test/redis-bench.ts'

let server: TestServer

beforeAll(async () => {
  server = await testRedis()
})
afterAll(() => server.close())

describe('the Redis store', () => {
  const open = () => openRedisBench({ url: server.url, acceptedWeaknesses: ANY_WEAKNESS })
  for (const { title, exempt, run } of storeConformance(open, REDIS_EXEMPTS)) {
    it.skipIf(exempt)(exempt ? `${title} (not here: ${exempt})` : title, run)
  }
})
