import { deepEqual, equal } from 'node:assert/strict'
import type { Store, TransactionRow } from '@assent/engine'
import type { StorePromise } from './store-bench.ts'
import { endedWriteOf, FAR_OFF, LONG_AGO, put, readOne, rowOf, writeOf } from './store-rows.ts'

type Claim = Parameters<Store['claim']>[0]

/** Claims for incarnation `a`, but for what is given, and answers the gids. */
async function claimGids(store: Store, given: Partial<Claim> = {}): Promise<string[]> {
  const claim = { incarnation: 'a', applications: [''], limit: 100, writeId: 'claim', ...given }
  return (await store.claim(claim)).map(({ gid }) => gid)
}

/** Who is given what nobody drives. */
export const storeClaims: readonly StorePromise[] = [
  {
    title: 'a claim gives what is due and nobody drives: owned, a version later, and else as it was',
    async hold({ store, leaseMs }) {
      const write = writeOf({ labels: { customer: '7' }, attention: true })
      await put(store, write)
      await store.register('a', leaseMs * 100)
      const [row, ...others] = await store.claim({
        incarnation: 'a',
        applications: [''],
        limit: 9,
        writeId: 'claim',
      })
      const expected: TransactionRow = { ...rowOf(write), version: 2, owner: 'a', writeId: 'claim' }
      deepEqual([row, others], [expected, []])
      deepEqual(await readOne(store, write.gid), expected)
      deepEqual(await claimGids(store), [])
    },
  },
  {
    title: 'a claim outdates whoever wrote before',
    async hold({ store, leaseMs }) {
      await put(store, writeOf())
      await store.register('a', leaseMs * 100)
      await claimGids(store)
      const [late] = await store.write([writeOf({ expect: 1, writeId: 'late' })])
      deepEqual(late, { outcome: 'conflict', row: { version: 2, owner: 'a', writeId: 'claim' } })
      await put(store, writeOf({ expect: 2, owner: 'a' }))
    },
  },
  {
    title: 'what is not due, has ended or is driven by the living is left alone',
    async hold({ store, leaseMs }) {
      await store.register('a', leaseMs * 100)
      await store.register('b', leaseMs * 100)
      await put(
        store,
        writeOf({ gid: 'later', dueAt: FAR_OFF }),
        writeOf({ gid: 'never', dueAt: null }),
        writeOf({ gid: 'driven', owner: 'b' }),
        writeOf({ gid: 'own', owner: 'a' }),
        endedWriteOf({ gid: 'ended' }),
        endedWriteOf({ gid: 'ended-owned', owner: 'gone', dueAt: LONG_AGO }),
      )
      deepEqual(await claimGids(store), [])
    },
  },
  {
    title: 'what becomes due is given then, and not before',
    async hold(bench) {
      const { store, leaseMs } = bench
      const { now } = await store.register('a', leaseMs * 100)
      await put(store, writeOf({ dueAt: now + leaseMs }))
      deepEqual(await claimGids(store), [])
      await bench.advance(leaseMs * 1.1)
      deepEqual(await claimGids(store), ['order-17'])
    },
  },
  {
    title:
      'what an owner left behind is given at once, due or not: its lease ran out, it retired, or it never was',
    async hold({ store, leaseMs, advance }) {
      await store.register('expired', leaseMs)
      await store.register('retired', leaseMs * 100)
      await store.register('alive', leaseMs * 100)
      await put(
        store,
        ...['expired', 'retired', 'alive', 'unknown'].map((owner) =>
          writeOf({ gid: owner, owner, dueAt: FAR_OFF }),
        ),
        writeOf({ gid: 'timeless', owner: 'unknown', dueAt: null }),
      )
      await advance(leaseMs * 1.2)
      await store.retire('retired')
      await store.register('a', leaseMs * 100)
      deepEqual((await claimGids(store)).sort(), ['expired', 'retired', 'timeless', 'unknown'])
      equal((await readOne(store, 'alive'))?.owner, 'alive')
    },
  },
  {
    title: 'the oldest due come first, orphans among them, and no more than asked for',
    async hold({ store, leaseMs }) {
      await store.register('a', leaseMs * 100)
      const dues = [5, 2, 8, 1, 9, 3, 7, 4, 6, 0]
      await put(
        store,
        ...dues.map((due) =>
          writeOf({
            gid: `due-${due}`,
            dueAt: LONG_AGO + due,
            owner: due % 3 === 0 ? `gone-${due % 2}` : null,
            application: due % 2 === 0 ? '' : 'shop',
          }),
        ),
      )
      const applications = ['shop', '']
      deepEqual(await claimGids(store, { applications, limit: 0 }), [])
      deepEqual(await claimGids(store, { applications, limit: 4 }), ['due-0', 'due-1', 'due-2', 'due-3'])
      deepEqual(await claimGids(store, { applications, limit: 1 }), ['due-4'])
      const rest = ['due-5', 'due-6', 'due-7', 'due-8', 'due-9']
      deepEqual(await claimGids(store, { applications, limit: 100 }), rest)
    },
  },
  {
    title: 'only applications that are listed are given, and the empty one is not implied',
    async hold({ store, leaseMs }) {
      await store.register('a', leaseMs * 100)
      await put(
        store,
        ...['', 'shop', 'shop-eu', 'bank'].map((application, index) =>
          writeOf({
            gid: `of-${application}`,
            application,
            dueAt: LONG_AGO + index,
            owner: index % 2 ? 'gone' : null,
          }),
        ),
      )
      deepEqual(await claimGids(store, { applications: [] }), [])
      deepEqual(await claimGids(store, { applications: ['none'] }), [])
      deepEqual(await claimGids(store, { applications: ['shop', 'shop'] }), ['of-shop'])
      deepEqual(await claimGids(store, { applications: ['', 'bank'] }), ['of-', 'of-bank'])
      deepEqual(await claimGids(store, { applications: ['shop-eu'] }), ['of-shop-eu'])
    },
  },
  {
    title: 'incarnations that claim at once share what there is, and none is given what another has',
    async hold({ store, leaseMs }) {
      const gids = Array.from({ length: 100 }, (_, index) => `row-${index}`)
      await put(store, ...gids.map((gid, index) => writeOf({ gid, owner: index % 2 ? 'gone' : null })))
      const incarnations = ['a', 'b', 'c', 'd']
      for (const incarnation of incarnations) await store.register(incarnation, leaseMs * 100)
      const claimed = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          claimGids(store, {
            incarnation: incarnations[index % 4] ?? '',
            limit: 3,
            writeId: `claim-${index}`,
          }),
        ),
      )
      deepEqual(claimed.flat().sort(), gids.sort())
    },
  },
  {
    title: 'what is claimed and written at once is had by one of the two',
    async hold({ store, leaseMs }) {
      const gids = Array.from({ length: 60 }, (_, index) => `row-${index}`)
      await put(store, ...gids.map((gid) => writeOf({ gid })))
      await store.register('a', leaseMs * 100)
      await store.register('b', leaseMs * 100)
      const claiming = [20, 20, 20].map((limit, index) =>
        claimGids(store, { limit, writeId: `claim-${index}` }),
      )
      const writing = gids.map((gid) => store.write([writeOf({ gid, expect: 1, owner: 'b' })]))
      const [claimed, written] = await Promise.all([Promise.all(claiming), Promise.all(writing)])
      const stored = gids.filter((_, index) => written[index]?.[0]?.outcome === 'stored')
      const rest = await claimGids(store, { writeId: 'rest' })
      deepEqual([...stored, ...claimed.flat(), ...rest].sort(), gids.toSorted())
      for (const gid of stored) equal((await readOne(store, gid))?.owner, 'b')
    },
  },
  {
    title: 'a caller whose own lease ran out is given nothing, though it drove before',
    async hold({ store, leaseMs, advance }) {
      await store.register('a', leaseMs)
      await put(store, writeOf({ gid: 'first' }), writeOf({ gid: 'second', dueAt: LONG_AGO + 1 }))
      deepEqual(await claimGids(store, { limit: 1 }), ['first'])
      await advance(leaseMs * 1.2)
      deepEqual(await claimGids(store), [])
      await store.register('b', leaseMs * 100)
      deepEqual(await claimGids(store, { incarnation: 'b' }), ['first', 'second'])
    },
  },
  {
    title: 'the next due time is the earliest of what nobody drives, among the applications that are listed',
    async hold({ store }) {
      equal(await store.nextDueAt(['']), null)
      await put(
        store,
        writeOf({ gid: 'a', dueAt: FAR_OFF }),
        writeOf({ gid: 'b', dueAt: LONG_AGO + 5, application: 'shop' }),
        writeOf({ gid: 'c', dueAt: LONG_AGO + 7 }),
        writeOf({ gid: 'd', dueAt: null }),
        writeOf({ gid: 'e', dueAt: LONG_AGO, owner: 'gone' }),
        endedWriteOf({ gid: 'f', dueAt: LONG_AGO }),
      )
      equal(await store.nextDueAt(['']), LONG_AGO + 7)
      equal(await store.nextDueAt(['shop']), LONG_AGO + 5)
      equal(await store.nextDueAt(['shop', '']), LONG_AGO + 5)
      equal(await store.nextDueAt(['bank']), null)
      equal(await store.nextDueAt([]), null)
      await put(store, endedWriteOf({ gid: 'c', expect: 1 }))
      equal(await store.nextDueAt(['']), FAR_OFF)
    },
  },
]
