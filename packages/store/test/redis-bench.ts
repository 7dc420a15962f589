import type { StoreBench, StoreExempt } from '@assent/testkit/conformance/store'
import type { RedisOptions } from '../src/redis/options.ts'
import { redisAhead } from '../src/redis/store.ts'
import { deleteKeys, newPrefix } from './redis-keys.ts'

/** Whatever the server of the environment is weak in: the suite asks what a store answers, not what a crash leaves. */
export const ANY_WEAKNESS = [
  'appendonly=no',
  'appendfsync=everysec',
  'appendfsync=no',
  'no-appendfsync-on-rewrite=yes',
  'maxmemory-policy=allkeys-lru',
  'asynchronous-failover',
  'unverified',
]

/** What is not asked of a store that many processes share. */
export const REDIS_EXEMPTS: readonly StoreExempt[] = [
  {
    title: 'a store that is opened again has forgotten who drove what, so that it is taken up at once',
    reason: 'others may have it open, and what they drive is theirs until their leases run out',
  },
]

/** A bench of the conformance suite, with keys of its own that are gone afterwards. */
export async function openRedisBench(options: RedisOptions): Promise<StoreBench> {
  let aheadMs = 0
  const settings = { ...options, prefix: newPrefix() }
  let store = redisAhead(settings, () => aheadMs)
  await store.open()
  return {
    store,
    leaseMs: 60_000,
    async advance(ms) {
      aheadMs += Math.ceil(ms)
    },
    async reopen() {
      await store.close()
      store = redisAhead(settings, () => aheadMs)
      await store.open()
      return store
    },
    async close() {
      await store.close()
      await deleteKeys(options.url, settings.prefix)
    },
  }
}
