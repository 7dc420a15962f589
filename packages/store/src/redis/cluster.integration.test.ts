import { storeConformance } from '@assent/testkit/conformance/store'
import { type RedisCluster, startRedisCluster } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { openRedisBench, REDIS_EXEMPTS } from '../../test/redis-bench.ts'

let cluster: RedisCluster

beforeAll(async () => {
  cluster = await startRedisCluster()
})
afterAll(() => cluster.close())

describe('the Redis store on a cluster of three masters', () => {
  const open = () => openRedisBench({ url: cluster.urls })
  for (const { title, exempt, run } of storeConformance(open, REDIS_EXEMPTS)) {
    it.skipIf(exempt)(exempt ? `${title} (not here: ${exempt})` : title, run)
  }
})
