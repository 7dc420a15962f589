import type { Store } from '@assent/engine'
import { type TestServer, testRedis } from '@assent/testkit/servers'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ANY_WEAKNESS } from '../../test/redis-bench.ts'
import { connectTo, deleteKeys, newPrefix } from '../../test/redis-keys.ts'
import { writeOf } from '../../test/rows.ts'
import { redisAhead } from './store.ts'

let server: TestServer
let prefix: string
let store: Store
let aheadMs: number

beforeAll(async () => {
  server = await testRedis()
})
afterAll(() => server.close())
beforeEach(async () => {
  prefix = newPrefix()
  aheadMs = 0
  store = redisAhead({ url: server.url, prefix, acceptedWeaknesses: ANY_WEAKNESS }, () => aheadMs)
  await store.open()
})
afterEach(async () => {
  await store.close()
  await deleteKeys(server.url, prefix)
})

const claimFor = (incarnation: string) =>
  store.claim({ incarnation, applications: [''], limit: 9, writeId: 'claim' })

describe('a server whose clock is set back', () => {
  it('revives nobody who was found to have ended', async () => {
    await store.register('found', 1_000)
    await store.register('asked', 1_000)
    await store.write([writeOf({ owner: 'found' })])
    aheadMs = 2_000
    await store.register('heir', 600_000)
    expect((await store.heartbeat('asked', 1_000)).alive).toBe(false)
    expect(await claimFor('heir')).toHaveLength(1)
    aheadMs = 0
    expect((await store.heartbeat('found', 1_000)).alive).toBe(false)
    expect((await store.heartbeat('asked', 1_000)).alive).toBe(false)
    await store.register('found', 1_000)
    expect(await claimFor('found')).toEqual([])
  })

  it('gives no time before what it gave, and all is well again once it is set right', async () => {
    aheadMs = 3_600_000
    const { now: before } = await store.register('a', 60_000)
    aheadMs = 0
    const { now } = await store.heartbeat('a', 60_000)
    expect(now).toBeGreaterThanOrEqual(before)
    await store.write([writeOf({ dueAt: Date.now() + 1_800_000 })])
    // What is due is measured by the clock as it is, and leases too.
    expect(await claimFor('a')).toEqual([])
    const other = redisAhead({ url: server.url, prefix, acceptedWeaknesses: ANY_WEAKNESS }, () => 0)
    await other.open()
    expect((await other.register('b', 60_000)).now).toBeLessThan(before - 3_000_000)
    await other.close()
  })
})

describe('incarnations that ended', () => {
  it('are remembered, but not all of them for ever', async () => {
    const admin = await connectTo(server.url)
    const key = `{${prefix}}:incarnations`
    for (let at = 0; at < 1_200; at += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => store.retire(`gone-${at + index}`)))
    }
    await store.register('alive', 60_000)
    expect(await admin.zCard(key)).toBe(1_001)
    expect((await store.heartbeat('alive', 60_000)).alive).toBe(true)
    admin.destroy()
  })
})
