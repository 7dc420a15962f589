import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Store, StoreUnavailable } from '@assent/engine'
import { type OwnServer, type RedisCluster, startRedis, startRedisCluster } from '@assent/testkit/servers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectTo } from '../../test/redis-keys.ts'
import { endedWriteOf, manyWrites, writeOf } from '../../test/rows.ts'
import { hashSlotOf } from './hash-slot.ts'
import { type Keyspace, keyspaceOf, type Slot, slotFor } from './keyspace.ts'
import { redis } from './store.ts'

type Admin = Awaited<ReturnType<typeof connectTo>>

const STORED = { outcome: 'stored' }
const PASSWORD = 'shared-by-all'
const SLOTS = 16
const KEYSPACE: Keyspace = keyspaceOf('assent', SLOTS)

let cluster: RedisCluster
let urls: string[]
let admins: Admin[] = []
let store: Store

beforeEach(async () => {
  cluster = await startRedisCluster()
  urls = [...cluster.urls]
})
afterEach(async () => {
  await store.close()
  for (const admin of admins.splice(0)) admin.destroy()
  await cluster.close()
})

async function openStore(): Promise<void> {
  admins = await Promise.all(urls.map(connectTo))
  store = redis({ url: urls, acceptedWeaknesses: ['asynchronous-failover'] })
  await store.open()
}

/** Nodes that send each other keys must have the same password. */
async function sharePassword(): Promise<void> {
  urls = await Promise.all(cluster.nodes.map(withSharedPassword))
}

async function withSharedPassword({ url }: OwnServer): Promise<string> {
  const admin = await connectTo(url)
  await admin.configSet({ masterauth: PASSWORD, requirepass: PASSWORD })
  admin.destroy()
  const shared = new URL(url)
  shared.password = PASSWORD
  return shared.href
}

/** The nodes hold the hash slots in three even parts. */
function nodeOf({ tag }: Slot): number {
  return Math.floor((hashSlotOf(tag.slice(1, -1)) * cluster.nodes.length) / 16_384)
}

/** Gids whose keys lie on this node. */
function gidsOn(node: number, count: number): string[] {
  const all = manyWrites(1_000).map(({ gid }) => gid)
  return all.filter((gid) => nodeOf(slotFor(KEYSPACE, gid)) === node).slice(0, count)
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error as Error,
  )
}

/** Until all of it works again. */
async function recovered(): Promise<void> {
  await vi.waitFor(
    async () => {
      await store.ping()
      await store.summary()
    },
    { timeout: 20_000, interval: 50 },
  )
}

describe('the hash slot of a tag', () => {
  it('is the one that the cluster reckons, and lies on every node for some', async () => {
    await openStore()
    for (const tag of ['{assent}', ...KEYSPACE.slots.map((slot) => slot.tag), '{x}', '{Zoë 漢字}']) {
      expect([tag, hashSlotOf(tag.slice(1, -1))]).toEqual([tag, await admins[0]!.clusterKeySlot(tag)])
    }
    expect(new Set(KEYSPACE.slots.map(nodeOf)).size).toBe(3)
  })
})

describe('a node that goes away', () => {
  it('makes its part unavailable and a batch over all parts unknown, and comes back with what it had', async () => {
    await openStore()
    const writes = manyWrites(200)
    expect(await store.write(writes)).toEqual(writes.map(() => STORED))
    await cluster.nodes[1]!.kill()
    await sleep(50)
    const own = await failureOf(store.write([writeOf({ gid: `${gidsOn(1, 1)[0]}`, expect: 1 })]))
    expect(own).toBeInstanceOf(StoreUnavailable)
    const others = gidsOn(0, 3).map((gid) => writeOf({ gid, expect: 1, writeId: 'write-2' }))
    expect(await store.write(others)).toEqual([STORED, STORED, STORED])
    const mixed = [...gidsOn(0, 4).slice(3), ...gidsOn(1, 1)].map((gid) => writeOf({ gid, expect: 1 }))
    expect(await failureOf(store.write(mixed))).not.toBeInstanceOf(StoreUnavailable)
    expect(await failureOf(store.list({}))).toBeInstanceOf(StoreUnavailable)
    expect(await failureOf(store.ping())).toBeInstanceOf(StoreUnavailable)
    await cluster.nodes[1]!.start()
    await recovered()
    const rows = await store.read(writes.map(({ gid }) => gid))
    expect(rows.filter((row) => row === undefined)).toEqual([])
    expect((await store.list({})).totalCount).toBe(200)
    expect(rows.filter((row) => row?.version === 2)).toHaveLength(4)
  }, 60_000)

  it('is followed to whichever server takes over from it', async () => {
    await sharePassword()
    await openStore()
    const replica = await startRedis({
      settings: { 'cluster-enabled': 'yes', 'cluster-port': String(await freePort()) },
    })
    const admin = await connectTo(await withSharedPassword(replica))
    const first = new URL(urls[0]!)
    await admin.sendCommand(['CLUSTER', 'MEET', first.hostname, first.port, await busOf(admins[0]!)])
    const masterId = await admins[0]!.clusterMyId()
    await vi.waitFor(() => admin.sendCommand(['CLUSTER', 'REPLICATE', masterId]), { timeout: 10_000 })
    await vi.waitFor(
      async () => expect(await admin.info('replication')).toMatch(/master_link_status:up/),
      10_000,
    )
    const gids = gidsOn(0, 20)
    await store.write(gids.map((gid) => writeOf({ gid })))
    await vi.waitFor(
      async () => expect(Number(await admins[0]!.sendCommand(['WAIT', '1', '100']))).toBe(1),
      10_000,
    )
    await cluster.nodes[0]!.kill()
    await admin.sendCommand(['CLUSTER', 'FAILOVER', 'TAKEOVER'])
    await recovered()
    expect((await store.read(gids)).map((row) => row?.version)).toEqual(gids.map(() => 1))
    const again = gids.map((gid) => endedWriteOf({ gid, expect: 1 }))
    expect(await store.write(again)).toEqual(gids.map(() => STORED))
    expect((await store.list({ limit: 100 })).totalCount).toBe(20)
    admin.destroy()
    await replica.close()
  }, 60_000)
})

describe('a slot that is moved to another node', () => {
  it('is followed there, and while it is on its way nothing is lost or written in two places', async () => {
    await sharePassword()
    await openStore()
    const slot = KEYSPACE.slots.find((one) => nodeOf(one) === 0)!
    const inSlot = (count: number, name: string) =>
      Array.from({ length: 2_000 }, (_, index) => `${name}-${index}`)
        .filter((gid) => slotFor(KEYSPACE, gid) === slot)
        .slice(0, count)
    const gids = inSlot(30, 'row')
    await store.write(gids.map((gid) => writeOf({ gid, labels: { of: 'it' } })))
    const ended = inSlot(12, 'ended')
    await store.write(ended.map((gid, age) => endedWriteOf({ gid, endedAt: age })))
    await store.register('a', 600_000)
    const [from, to] = [admins[0]!, admins[1]!]
    const [fromId, toId] = [await from.clusterMyId(), await to.clusterMyId()]
    const number = String(hashSlotOf(slot.tag.slice(1, -1)))
    await to.sendCommand(['CLUSTER', 'SETSLOT', number, 'IMPORTING', fromId])
    await from.sendCommand(['CLUSTER', 'SETSLOT', number, 'MIGRATING', toId])

    const versions = new Map(gids.map((gid) => [gid, 1]))
    const outcomes = { stored: 0, refused: 0 }
    const target = new URL(urls[1]!)
    for (let moved = 0; ; moved += 1) {
      // Whatever is asked for meanwhile is done or certainly not.
      const gid = gids[moved % gids.length]!
      const fresh = inSlot(moved + 1, 'new')[moved]!
      for (const write of [
        writeOf({ gid, expect: versions.get(gid)!, labels: { of: 'it' } }),
        writeOf({ gid: fresh }),
      ]) {
        try {
          expect(await store.write([write])).toEqual([STORED])
          versions.set(write.gid, write.expect + 1)
          outcomes.stored += 1
        } catch (error) {
          expect(error).toBeInstanceOf(StoreUnavailable)
          outcomes.refused += 1
        }
      }
      // Upkeep goes on meanwhile, or fails and changes nothing.
      await store.sweep({ endedBefore: moved, tombstonesBefore: 0, limit: 1 }).catch(() => {})
      const claim = { incarnation: 'a', applications: ['none'], limit: 9, writeId: 'claim' }
      await store.claim(claim).catch(() => {})
      const [key] = (await from.sendCommand(['CLUSTER', 'GETKEYSINSLOT', number, '1'])) as unknown as string[]
      if (key === undefined) break
      await from.sendCommand(['MIGRATE', target.hostname, target.port, key, '0', '5000', 'AUTH', PASSWORD])
    }
    for (const admin of [to, from, admins[2]!]) {
      await admin.sendCommand(['CLUSTER', 'SETSLOT', number, 'NODE', toId])
    }
    expect(outcomes.refused).toBeGreaterThan(0)
    await recovered()

    const known = [...versions.keys()]
    expect((await store.read(known)).map((row) => row?.version)).toEqual([...versions.values()])
    expect((await store.list({ status: 'SUBMITTED', limit: 1_000 })).rows).toHaveLength(known.length)
    const buried = (await store.readTombstones(ended)).filter((tombstone) => tombstone !== undefined).length
    const { swept } = await store.sweep({ endedBefore: 1_000, tombstonesBefore: 0, limit: 100 })
    expect(swept + buried).toBe(ended.length)
    expect((await store.list({ label: { key: 'of', value: 'it' } })).totalCount).toBe(gids.length)
    expect((await store.summary()).active.SUBMITTED).toBe(known.length)
    const last = known.map((gid) => endedWriteOf({ gid, expect: versions.get(gid)! }))
    expect(await store.write(last)).toEqual(known.map(() => STORED))
    expect((await store.summary()).active).toEqual({})
  }, 60_000)
})

async function busOf(admin: Admin): Promise<string> {
  const nodes = String(await admin.sendCommand(['CLUSTER', 'NODES']))
  return /@(\d+)[^ ]* myself/.exec(nodes)?.[1] ?? ''
}

async function freePort(): Promise<number> {
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  return port
}
