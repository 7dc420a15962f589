import { deepEqual, equal, ok } from 'node:assert/strict'
import type { ListQuery, Mode, Status } from '@assent/contract'
import type { Store, TransactionWrite } from '@assent/engine'
import type { StorePromise } from './store-bench.ts'
import { gidsOf, LONG_AGO, put, writeOf } from './store-rows.ts'

const ROWS = 240
const STATUSES: readonly Status[] = [
  'PREPARED',
  'SUBMITTED',
  'COMMITTING',
  'COMMITTED',
  'ABORTING',
  'ABORTED',
]
const MODES: readonly Mode[] = ['saga', 'tcc', 'xa', 'message']
const NAMES = ['', 'transfer', 'booking']

/** Rows in which every pair of filters has something to find; many are made at the same millisecond. */
function variedWrites(): TransactionWrite[] {
  return Array.from({ length: ROWS }, (_, index) => {
    const status = STATUSES[(index * 7) % STATUSES.length] ?? 'PREPARED'
    const hasEnded = status === 'COMMITTED' || status === 'ABORTED'
    return writeOf({
      // Not in the order of time.
      gid: `${index % 4 === 0 ? 'order' : 'trip'}-${(index * 89) % ROWS}`,
      status,
      mode: MODES[(index >> 1) % MODES.length] ?? 'saga',
      name: NAMES[index % NAMES.length] ?? '',
      labels: { customer: `${index % 5}`, ...(index % 3 === 0 && { region: 'eu' }) },
      owner: index % 2 === 0 || hasEnded ? null : 'a',
      createdAt: LONG_AGO + Math.floor(index / 6),
      dueAt: hasEnded ? null : LONG_AGO,
      endedAt: hasEnded ? LONG_AGO + index : null,
      attention: index % 11 === 0,
    })
  })
}

const ALONE: readonly ListQuery[] = [
  { status: 'COMMITTED' },
  { status: 'SUBMITTED' },
  { mode: 'tcc' },
  { name: 'booking' },
  { name: '' },
  { label: { key: 'customer', value: '3' } },
  { label: { key: 'region', value: 'eu' } },
  { attention: true },
  { attention: false },
  { createdAfter: LONG_AGO + 20 },
  { createdBefore: LONG_AGO + 20 },
  { gidPrefix: 'order-1' },
  { gidPrefix: '' },
]

function matches(write: TransactionWrite, query: ListQuery): boolean {
  const { status, mode, name, label, attention, createdAfter, createdBefore, gidPrefix } = query
  return (
    (status === undefined || write.status === status) &&
    (mode === undefined || write.mode === mode) &&
    (name === undefined || write.name === name) &&
    (label === undefined || write.labels[label.key] === label.value) &&
    (attention === undefined || write.attention === attention) &&
    (createdAfter === undefined || write.createdAt >= createdAfter) &&
    (createdBefore === undefined || write.createdAt < createdBefore) &&
    (gidPrefix === undefined || write.gid.startsWith(gidPrefix))
  )
}

/** What a listing must answer: newest first, then by gid. */
function expected(writes: readonly TransactionWrite[], query: ListQuery): string[] {
  return writes
    .filter((write) => matches(write, query))
    .sort((one, other) => other.createdAt - one.createdAt || (one.gid > other.gid ? -1 : 1))
    .map(({ gid }) => gid)
}

async function assertListed(
  store: Store,
  writes: readonly TransactionWrite[],
  query: ListQuery,
): Promise<void> {
  const { rows, totalCount, nextCursor } = await store.list({ limit: 1_000, ...query })
  const gids = expected(writes, query)
  deepEqual(
    rows.map(({ gid }) => gid),
    gids,
    JSON.stringify(query),
  )
  equal(nextCursor, undefined)
  if (totalCount !== undefined) equal(totalCount, gids.length, JSON.stringify(query))
}

/** Which rows a listing shows, and in which order. */
export const storeListing: readonly StorePromise[] = [
  {
    title: 'a listing shows the newest first, and what is as old in the reverse order of gids',
    async hold({ store }) {
      const writes = variedWrites()
      await put(store, ...writes)
      await assertListed(store, writes, {})
    },
  },
  {
    title: 'each filter alone shows exactly what fits it',
    async hold({ store }) {
      const writes = variedWrites()
      await put(store, ...writes)
      for (const query of ALONE) {
        ok(expected(writes, query).length > 0)
        await assertListed(store, writes, query)
      }
    },
  },
  {
    title: 'filters in pairs show exactly what fits both',
    async hold({ store }) {
      const writes = variedWrites()
      await put(store, ...writes)
      for (const one of ALONE) {
        for (const other of ALONE) await assertListed(store, writes, { ...one, ...other })
      }
    },
  },
  {
    title: 'all filters together show exactly what fits them all',
    async hold({ store }) {
      const writes = variedWrites()
      await put(store, ...writes)
      const [shown] = writes.filter(({ attention, name }) => attention && name !== '')
      ok(shown)
      const { status, mode, name, attention, createdAt, gid } = shown
      await assertListed(store, writes, {
        status,
        mode,
        name,
        attention,
        label: { key: 'customer', value: shown.labels.customer ?? '' },
        createdAfter: createdAt,
        createdBefore: createdAt + 1,
        gidPrefix: gid.slice(0, 3),
      })
    },
  },
  {
    title: 'a filter that nothing fits shows nothing',
    async hold({ store }) {
      await put(store, ...variedWrites())
      for (const query of [
        { name: 'transfe' },
        { name: 'Transfer' },
        { label: { key: 'customer', value: 'eu' } },
        { label: { key: 'eu', value: 'region' } },
        { gidPrefix: 'orders' },
        { gidPrefix: 'order%' },
        { createdAfter: LONG_AGO + ROWS },
        { createdBefore: LONG_AGO },
      ]) {
        deepEqual(await gidsOf(store, query), [], JSON.stringify(query))
      }
    },
  },
  {
    title: 'a listing follows what is written: it shows a row where it fits now, and nowhere else',
    async hold({ store }) {
      const write = writeOf({ labels: { customer: '7' }, attention: true })
      await put(store, write)
      const before: ListQuery[] = [
        { status: 'SUBMITTED' },
        { attention: true },
        { label: { key: 'customer', value: '7' } },
        { name: 'transfer' },
        { mode: 'saga' },
        { createdBefore: LONG_AGO + 1 },
      ]
      const after: ListQuery[] = [
        { status: 'ABORTED' },
        { attention: false },
        { label: { key: 'customer', value: '8' } },
        { name: 'booking' },
        { mode: 'tcc' },
        { createdAfter: LONG_AGO + 1 },
      ]
      for (const query of before) deepEqual(await gidsOf(store, query), [write.gid], JSON.stringify(query))
      await put(store, {
        ...write,
        expect: 1,
        status: 'ABORTED',
        endedAt: LONG_AGO,
        dueAt: null,
        attention: false,
        labels: { customer: '8' },
        name: 'booking',
        mode: 'tcc',
        createdAt: LONG_AGO + 1,
      })
      for (const query of before) deepEqual(await gidsOf(store, query), [], JSON.stringify(query))
      for (const query of after) deepEqual(await gidsOf(store, query), [write.gid], JSON.stringify(query))
    },
  },
  {
    title:
      'a row is found by the labels that it has now: kept, changed and added ones, and by none that it had',
    async hold({ store }) {
      const found = (key: string, value: string) => gidsOf(store, { label: { key, value } })
      await put(store, writeOf({ labels: { kept: '1', changed: '1', removed: '1' } }))
      await put(store, writeOf({ expect: 1, labels: { kept: '1', changed: '2', added: '1' } }))
      const gids = [writeOf().gid]
      deepEqual(await found('kept', '1'), gids)
      deepEqual(await found('changed', '2'), gids)
      deepEqual(await found('added', '1'), gids)
      deepEqual(await found('changed', '1'), [])
      deepEqual(await found('removed', '1'), [])
      await put(store, writeOf({ expect: 2, labels: {} }))
      deepEqual(await found('kept', '1'), [])
    },
  },
]
