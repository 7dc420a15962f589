import { deepEqual, equal, rejects } from 'node:assert/strict'
import type { TransactionWrite } from '@assent/engine'
import type { StorePromise } from './store-bench.ts'
import { endedWriteOf, put, readOne, rowOf, STORED, writeOf } from './store-rows.ts'

/** What a conflict shows of the row that `write` left. */
function standing(write: TransactionWrite): object {
  const { version, owner, writeId } = rowOf(write)
  return { outcome: 'conflict', row: { version, owner, writeId } }
}

/** Versions, conflicts and batches. */
export const storeWrites: readonly StorePromise[] = [
  {
    title: 'a new row is stored as version 1, and comes back as it was written',
    async hold({ store }) {
      const write = writeOf({ owner: 'a', labels: { customer: '7', region: 'eu' }, attention: true })
      deepEqual(await store.write([write]), [STORED])
      deepEqual(await store.read([write.gid]), [rowOf(write)])
    },
  },
  {
    title: 'a write of the version that stands is stored as the next, with every column as written',
    async hold({ store }) {
      await put(store, writeOf({ labels: { customer: '7' } }))
      const second = endedWriteOf({
        expect: 1,
        owner: 'b',
        writeId: 'write-2',
        mode: 'tcc',
        name: 'booking',
        application: 'shop',
        labels: { customer: '8', region: 'eu' },
        createdAt: 5,
        updatedAt: 6,
        endedAt: 7,
        attention: true,
        content: 'other',
        state: 'second',
      })
      await put(store, second)
      deepEqual(await readOne(store, second.gid), rowOf(second))
      const third = writeOf({ expect: 2, labels: {}, dueAt: null })
      await put(store, third)
      deepEqual(await readOne(store, third.gid), rowOf(third))
    },
  },
  {
    title: 'a write of another version is not made, and is answered with what stands there',
    async hold({ store }) {
      await put(store, writeOf())
      const second = writeOf({ expect: 1, owner: 'a', writeId: 'write-2' })
      await put(store, second)
      for (const expect of [0, 1, 3]) {
        const late = writeOf({ expect, owner: 'late', writeId: 'late', state: 'late' })
        deepEqual(await store.write([late]), [standing(second)], `expect ${expect}`)
      }
      deepEqual(await readOne(store, second.gid), rowOf(second))
    },
  },
  {
    title: 'a write of a row that does not exist conflicts with nothing',
    async hold({ store }) {
      deepEqual(await store.write([writeOf({ expect: 1 })]), [{ outcome: 'conflict' }])
      equal(await readOne(store, 'order-17'), undefined)
    },
  },
  {
    title: 'each write of a batch stands alone, and the answers are in its order',
    async hold({ store }) {
      const first = writeOf({ gid: 'b' })
      await put(store, first)
      const batch = [
        writeOf({ gid: 'c' }),
        writeOf({ gid: 'b' }),
        writeOf({ gid: 'd', expect: 4 }),
        writeOf({ gid: 'a' }),
      ]
      deepEqual(await store.write(batch), [STORED, standing(first), { outcome: 'conflict' }, STORED])
      const rows = await store.read(['a', 'b', 'c', 'd'])
      deepEqual(
        rows.map((row) => row?.version),
        [1, 1, 1, undefined],
      )
    },
  },
  {
    title: 'a row that can not be held is invalid with a reason, and keeps no other from being stored',
    async hold({ store }) {
      await put(store, writeOf({ gid: 'old' }))
      const spoilt: Partial<TransactionWrite>[] = [
        { createdAt: Number.NaN },
        { updatedAt: 0.5 },
        { dueAt: Number.POSITIVE_INFINITY },
        { endedAt: 2 ** 60 },
        { expect: -1 },
        { state: undefined as unknown as string },
      ]
      for (const [index, given] of spoilt.entries()) {
        const good = writeOf({ gid: `good-${index}` })
        const update = writeOf({ gid: 'old', expect: index + 1 })
        const [bad, ...others] = await store.write([writeOf({ gid: 'bad', ...given }), good, update])
        equal(bad?.outcome, 'invalid', Object.keys(given)[0])
        equal(bad.outcome === 'invalid' && bad.reason.length > 0, true)
        deepEqual(others, [STORED, STORED])
        equal(await readOne(store, 'bad'), undefined)
      }
    },
  },
  {
    title: 'one bad row in a batch of 256 keeps none of the others from being stored, wherever it stands',
    async hold({ store }) {
      const gidOf = (index: number): string => `row-${index}`
      const old = Array.from({ length: 128 }, (_, index) => writeOf({ gid: gidOf(index * 2) }))
      await put(store, ...old)
      for (const [round, place] of [0, 77, 255].entries()) {
        const batch = Array.from({ length: 256 }, (_, index) =>
          writeOf({
            gid: index % 2 === 0 ? gidOf(index) : `${gidOf(index)}-${round}`,
            expect: index % 2 === 0 ? round + 1 : 0,
          }),
        )
        const bad = writeOf({ gid: 'bad', createdAt: Number.NaN })
        const answers = await store.write(batch.toSpliced(place, 0, bad))
        equal(answers[place]?.outcome, 'invalid')
        deepEqual(
          answers.toSpliced(place, 1),
          batch.map(() => STORED),
        )
      }
      equal(await readOne(store, 'bad'), undefined)
    },
  },
  {
    title: 'a batch that names a gid twice is rejected, and nothing of it is written',
    async hold({ store }) {
      const batch = [writeOf({ gid: 'a' }), writeOf({ gid: 'b' }), writeOf({ gid: 'a', state: 'again' })]
      await rejects(store.write(batch))
      deepEqual(await store.read(['a', 'b']), [undefined, undefined])
    },
  },
  {
    title: 'an empty batch is answered with no answers',
    async hold({ store }) {
      deepEqual(await store.write([]), [])
    },
  },
  {
    title: 'of writes at once that expect the same version one is stored',
    async hold({ store }) {
      await put(store, writeOf())
      const rivals = Array.from({ length: 20 }, (_, index) =>
        writeOf({ expect: 1, writeId: `rival-${index}` }),
      )
      const answers = await Promise.all(rivals.map((rival) => store.write([rival])))
      const winners = rivals.filter((_, index) => answers[index]?.[0]?.outcome === 'stored')
      equal(winners.length, 1)
      equal((await readOne(store, 'order-17'))?.writeId, winners[0]?.writeId)
      equal((await readOne(store, 'order-17'))?.version, 2)
    },
  },
  {
    title: 'of writes at once that make the same gid one is stored, and the others are shown it',
    async hold({ store }) {
      for (let round = 0; round < 5; round += 1) {
        const rivals = Array.from({ length: 12 }, (_, index) =>
          writeOf({ gid: `round-${round}`, writeId: `rival-${index}` }),
        )
        const answers = await Promise.all(rivals.map((rival) => store.write([rival])))
        const winners = rivals.filter((_, index) => answers[index]?.[0]?.outcome === 'stored')
        equal(winners.length, 1)
        const shown = standing(winners[0] ?? writeOf())
        for (const [answer] of answers) if (answer?.outcome !== 'stored') deepEqual(answer, shown)
      }
    },
  },
  {
    title:
      'batches at once that name the same gids in any order are all answered, and each gid has one winner',
    async hold({ store }) {
      const gids = Array.from({ length: 40 }, (_, index) => `row-${index}`)
      await put(store, ...gids.slice(0, 20).map((gid) => writeOf({ gid })))
      const orders = [gids, gids.toReversed(), gids.toSorted(), gids.toSorted().toReversed()]
      const batches = orders.map((order, index) =>
        order.map((gid) =>
          writeOf({ gid, expect: gids.indexOf(gid) < 20 ? 1 : 0, writeId: `batch-${index}` }),
        ),
      )
      const answers = await Promise.all(batches.map((batch) => store.write(batch)))
      const won = batches.flatMap((batch, index) =>
        batch.filter((_, place) => answers[index]?.[place]?.outcome === 'stored'),
      )
      deepEqual(won.map(({ gid }) => gid).sort(), gids.toSorted())
      for (const write of won) equal((await readOne(store, write.gid))?.writeId, write.writeId)
    },
  },
  {
    title: 'what becomes of the objects that were written or read changes nothing in the store',
    async hold({ store }) {
      const labels = { customer: '7' }
      const write = writeOf({ labels })
      const expected = rowOf(structuredClone(write))
      await put(store, write)
      Object.assign(write, { state: 'changed', version: 9 })
      labels.customer = 'changed'
      for (const row of [await readOne(store, 'order-17'), (await store.list({})).rows[0]]) {
        deepEqual(row, expected)
        try {
          Object.assign(row ?? {}, { state: 'changed' })
        } catch {
          // It may as well be frozen.
        }
      }
      deepEqual(await readOne(store, 'order-17'), expected)
    },
  },
  {
    title: 'rows come in the order of the gids that were asked for, and undefined where there is none',
    async hold({ store }) {
      await put(store, writeOf({ gid: 'a' }), writeOf({ gid: 'b' }))
      const rows = await store.read(['b', 'none', 'a', 'b'])
      deepEqual(
        rows.map((row) => row?.gid),
        ['b', undefined, 'a', 'b'],
      )
      deepEqual(await store.read([]), [])
    },
  },
  {
    title: 'gids that begin with one another are different transactions',
    async hold({ store }) {
      const gids = ['g1', 'g10', 'g1000', 'g', 'G1', 'g1-', 'g1_']
      await put(store, ...gids.map((gid) => writeOf({ gid, state: gid })))
      await put(store, writeOf({ gid: 'g1', expect: 1, state: 'changed' }))
      const rows = await store.read(gids)
      deepEqual(
        rows.map((row) => row?.state),
        ['changed', ...gids.slice(1)],
      )
    },
  },
  {
    title: 'a thousand rows in one batch are stored, and a state of one mebibyte comes back as it was',
    async hold({ store }) {
      const large = writeOf({ gid: 'large', state: 'ä"\\'.repeat(2 ** 18) })
      const many = Array.from({ length: 999 }, (_, index) => writeOf({ gid: `row-${index}` }))
      await put(store, large, ...many)
      equal((await readOne(store, 'large'))?.state, large.state)
      await put(store, { ...large, expect: 1, state: `${large.state}!` })
      equal((await readOne(store, 'large'))?.state, `${large.state}!`)
      equal((await store.read(many.map(({ gid }) => gid))).filter((row) => row !== undefined).length, 999)
    },
  },
]
