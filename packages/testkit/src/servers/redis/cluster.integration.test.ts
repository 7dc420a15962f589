import { describe, expect, it } from 'vitest'
import { startRedisCluster } from '../index.ts'
import { redisCommands } from './command.ts'

describe('a Redis Cluster', () => {
  it('has three masters that share all slots, each knowing where a key belongs', async () => {
    await using cluster = await startRedisCluster()
    expect(cluster.urls).toHaveLength(3)
    const stored = await Promise.allSettled(
      cluster.urls.map((url) => redisCommands(new URL(url), [['SET', 'key', 'value']])),
    )
    const moved = stored.filter((one) => one.status === 'rejected').map((one) => one.reason.message)
    expect(moved).toEqual(Array(2).fill(expect.stringMatching(/^MOVED 12539 127\.0\.0\.1:\d+$/)))
  })

  it('is whole again when a node that was killed is started again', async () => {
    await using cluster = await startRedisCluster()
    const [node] = cluster.nodes
    await node?.kill()
    await node?.start()
    const isWell = async () => {
      const said = await Promise.all(
        cluster.urls.map((url) => redisCommands(new URL(url), [['CLUSTER', 'INFO']])),
      )
      return said.every((information) => information.includes('cluster_state:ok'))
    }
    await expect.poll(isWell, { timeout: 15_000 }).toBe(true)
  })
})
