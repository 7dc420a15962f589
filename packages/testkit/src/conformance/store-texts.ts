import { deepEqual, equal } from 'node:assert/strict'
import type { StorePromise } from './store-bench.ts'
import { endedWriteOf, FAR_OFF, gidsOf, LONG_AGO, put, readOne, rowOf, writeOf } from './store-rows.ts'

/** Text that one encoding or another gets wrong. */
const ODD_TEXTS = [
  '',
  ' ',
  `"double" 'single' \`back\``,
  '\\ \\\\ \\n \\u0000',
  '%s %_% ?1 :name $1 {} [] ;--',
  'line\nfeed\r\ttab',
  'Zoë 漢字 \u{1f600}',
  'e\u0301 \u00e9',
  '\u0000',
  'before\u0000after',
  '\ud800',
  'unpaired \udc00 and \ud83d ends \ud83d',
  '\ud83d\u0000\ude00',
  '\ufeff\uffff\ufffd',
  '__proto__',
  '[1,null]',
  'null',
] as const

/** Gids have a small alphabet at every door, but a store takes what it is given. */
const ODD_GIDS = [
  `it's`,
  '"quoted"',
  'back\\slash',
  'per%cent',
  'under_score',
  'a b',
  'a/b',
  '-',
  '_',
  'NULL',
]

/** Every text comes back as it was, wherever it stands. */
export const storeTexts: readonly StorePromise[] = [
  {
    title: 'text of any kind comes back as it was, in every column',
    async hold({ store }) {
      const writes = ODD_TEXTS.map((text, index) =>
        writeOf({
          gid: `odd-${index}`,
          owner: text,
          writeId: text,
          name: text,
          application: text,
          labels: { [text]: text, plain: text },
          content: text,
          state: text,
        }),
      )
      await put(store, ...writes)
      deepEqual(await store.read(writes.map(({ gid }) => gid)), writes.map(rowOf))
      const again = writes.map((write) => ({ ...write, expect: 1, state: `${write.state}${write.state}` }))
      await put(store, ...again)
      deepEqual(await store.read(writes.map(({ gid }) => gid)), again.map(rowOf))
    },
  },
  {
    title: 'text of any kind is found by exactly itself',
    async hold({ store }) {
      const gidOf = (index: number): string => `odd-${index}`
      await put(
        store,
        ...ODD_TEXTS.map((text, index) =>
          writeOf({ gid: gidOf(index), name: text, labels: { [text]: text } }),
        ),
      )
      for (const [index, text] of ODD_TEXTS.entries()) {
        deepEqual(await gidsOf(store, { name: text }), [gidOf(index)], JSON.stringify(text))
        deepEqual(await gidsOf(store, { label: { key: text, value: text } }), [gidOf(index)])
      }
    },
  },
  {
    title: 'applications and incarnations of any name are told apart',
    async hold({ store, leaseMs }) {
      for (const [index, text] of ODD_TEXTS.entries()) {
        await store.register(text, leaseMs * 100)
        await put(store, writeOf({ gid: `due-${index}`, application: text, dueAt: LONG_AGO + index }))
      }
      for (const [index, text] of ODD_TEXTS.entries()) {
        equal(await store.nextDueAt([text]), LONG_AGO + index)
        const claimed = await store.claim({
          incarnation: text,
          applications: [text],
          limit: 100,
          writeId: text,
        })
        deepEqual(
          claimed.map(({ gid, owner, writeId }) => [gid, owner, writeId]),
          [[`due-${index}`, text, text]],
        )
        equal((await store.heartbeat(text, leaseMs * 100)).alive, true)
      }
    },
  },
  {
    title: 'quotes, backslashes and wildcards in gids mean nothing but themselves',
    async hold({ store }) {
      const writes = ODD_GIDS.map((gid) => endedWriteOf({ gid, content: gid }))
      await put(store, ...writes)
      deepEqual(await store.read(ODD_GIDS), writes.map(rowOf))
      for (const gid of ODD_GIDS) deepEqual(await gidsOf(store, { gidPrefix: gid }), [gid])
      await store.sweep({ endedBefore: FAR_OFF, tombstonesBefore: 0, limit: 100 })
      const tombstones = await store.readTombstones(ODD_GIDS)
      deepEqual(
        tombstones.map((tombstone) => tombstone?.gid),
        ODD_GIDS,
      )
      equal(await readOne(store, `it's`), undefined)
    },
  },
]
