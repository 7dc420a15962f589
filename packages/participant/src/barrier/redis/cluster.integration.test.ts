import { type RedisCluster, startRedisCluster } from '@assent/testkit/servers'
import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callOf } from '../../../test/accounts.ts'
import { connect, LEAVE, newTag } from '../../../test/redis-service.ts'
import { redisBarrier } from './barrier.ts'
import { redisScript } from './business.ts'
import type { RedisClient } from './client.ts'

const PASSWORD = 'of-all-nodes'

let cluster: RedisCluster
let urls: string[]
beforeAll(async () => {
  cluster = await startRedisCluster()
  // Clients of clusters know one password for all nodes, and these were started with one each.
  for (const url of cluster.urls) {
    const node = await connect(url)
    await node.configSet('requirepass', PASSWORD)
    node.destroy()
  }
  urls = cluster.urls.map((url) => Object.assign(new URL(url), { password: PASSWORD }).href)
})
afterAll(() => cluster.close())

const CLIENTS: [string, () => Promise<{ client: RedisClient; end: () => unknown }>][] = [
  [
    'node-redis',
    async () => {
      const client = createCluster({
        rootNodes: urls.map((url) => ({ url })),
        defaults: { password: PASSWORD },
      })
      client.on('error', () => {})
      await client.connect()
      return { client, end: () => client.destroy() }
    },
  ],
  [
    'ioredis',
    async () => {
      const client = new Cluster(urls, { redisOptions: { password: PASSWORD } })
      return { client, end: () => client.disconnect() }
    },
  ],
]

describe.each(CLIENTS)('a barrier on a cluster of three masters, over %s', (_name, open) => {
  it('runs a call with the keys of its tag, on whichever node they lie', async () => {
    const { client, end } = await open()
    for (const tag of Array.from({ length: 6 }, newTag)) {
      const barrier = redisBarrier(client, { tag })
      const call = () =>
        barrier.run(callOf('action'), (redis) =>
          redis.run(LEAVE, { keys: [`{${tag}}:effects`], values: ['once'] }),
        )
      expect((await Promise.all([call(), call(), call()])).map((answer) => answer.case).toSorted()).toEqual([
        'duplicate',
        'duplicate',
        'executed',
      ])
      expect(await barrier.page('', 10)).toMatchObject([{ gid: 'transfer-1' }])
      expect(await barrier.forget(['transfer-1'], Number.MAX_SAFE_INTEGER)).toBe(1)
    }
    await end()
  })

  it('refuses keys that lie elsewhere, and says how to name them, with nothing done', async () => {
    const { client, end } = await open()
    const tag = newTag()
    const barrier = redisBarrier(client, { tag })
    const elsewhere = barrier.run(callOf('action'), (redis) =>
      redis.run(LEAVE, { keys: ['{another-tag}:effects'], values: ['never'] }),
    )
    await expect(elsewhere).rejects.toThrow('name them with the tag of the barrier between braces')
    const undeclared = redisScript(
      `write('SET', '{${tag}}:a', '1') redis.call('GET', '{another-tag}:effects')`,
    )
    const unnamed = barrier.run(callOf('action'), (redis) => redis.run(undeclared))
    await expect(unnamed).rejects.toThrow('nothing of it was done')
    expect(await barrier.page('', 10)).toEqual([])
    await end()
  })
})
