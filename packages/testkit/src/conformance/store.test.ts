import type { Store, TransactionRow, TransactionWrite } from '@assent/engine'
import { describe, expect, it } from 'vitest'
import { openMemoryBench, storeConformance } from './store.ts'

/** A fault that is planted in a store, and the promise that it breaks. */
type Fault = [fault: string, plant: (store: Store) => Partial<Store>, broken: string]

const changed = (
  row: TransactionRow | undefined,
  change: Partial<TransactionRow>,
): TransactionRow | undefined => row && { ...row, ...change }

/** Writes with another version than the one that was expected. */
const expecting =
  (versionFor: (write: TransactionWrite, standing: number) => number) =>
  (store: Store): Partial<Store> => ({
    async write(batch) {
      const rows = await store.read(batch.map(({ gid }) => gid))
      return store.write(
        batch.map((write, index) => ({ ...write, expect: versionFor(write, rows[index]?.version ?? 0) })),
      )
    },
  })

/** Writes again, over whatever stands there, what was too late. */
const late = (store: Store): Partial<Store> => ({
  async write(batch) {
    const answers = await store.write(batch)
    return Promise.all(
      answers.map(async (answer, index) => {
        const write = batch[index]
        if (answer.outcome !== 'conflict' || answer.row === undefined || write === undefined) return answer
        return (await store.write([{ ...write, expect: answer.row.version }]))[0] ?? answer
      }),
    )
  },
})

const FAULTS: Fault[] = [
  [
    'writes whatever version stands',
    expecting((_write, standing) => standing),
    'a write of another version is not made, and is answered with what stands there',
  ],
  [
    'lets a stale writer through',
    expecting(({ expect }, standing) => (expect > 0 && expect < standing ? standing : expect)),
    'a write of another version is not made, and is answered with what stands there',
  ],
  [
    'tries a write again that was too late',
    late,
    'of writes at once that expect the same version one is stored',
  ],
  [
    'makes a gid again that was made',
    late,
    'of writes at once that make the same gid one is stored, and the others are shown it',
  ],
  [
    'lets the last batch win',
    late,
    'batches at once that name the same gids in any order are all answered, and each gid has one winner',
  ],
  [
    'lets a write take back what was claimed',
    late,
    'what is claimed and written at once is had by one of the two',
  ],
  [
    'keeps the first content',
    (store) => ({
      async write(batch) {
        const rows = await store.read(batch.map(({ gid }) => gid))
        return store.write(
          batch.map((write, index) => ({ ...write, content: rows[index]?.content ?? write.content })),
        )
      },
    }),
    'a write of the version that stands is stored as the next, with every column as written',
  ],
  [
    'answers in another order',
    (store) => ({ write: async (batch) => [...(await store.write(batch))].reverse() }),
    'each write of a batch stands alone, and the answers are in its order',
  ],
  [
    'drops a batch with a row that it can not hold',
    (store) => ({
      async write(batch) {
        const isBad = batch.some(({ createdAt }) => Number.isNaN(createdAt))
        return isBad ? batch.map(() => ({ outcome: 'invalid', reason: 'bad' })) : store.write(batch)
      },
    }),
    'a row that can not be held is invalid with a reason, and keeps no other from being stored',
  ],
  [
    'drops all that stands behind a bad row',
    (store) => ({
      async write(batch) {
        const bad = batch.findIndex(({ createdAt }) => Number.isNaN(createdAt))
        if (bad === -1) return store.write(batch)
        const answers = await store.write(batch.slice(0, bad))
        return [...answers, ...batch.slice(bad).map(() => ({ outcome: 'invalid' as const, reason: 'bad' }))]
      },
    }),
    'one bad row in a batch of 256 keeps none of the others from being stored, wherever it stands',
  ],
  [
    'takes a gid twice',
    (store) => ({
      write: async (batch) => (await Promise.all(batch.map((one) => store.write([one])))).flat(),
    }),
    'a batch that names a gid twice is rejected, and nothing of it is written',
  ],
  [
    'ends text at U+0000',
    (store) => ({
      async read(gids) {
        return (await store.read(gids)).map((row) => changed(row, { state: row?.state.split('\0')[0] ?? '' }))
      },
    }),
    'text of any kind comes back as it was, in every column',
  ],
  [
    'loses unpaired surrogates',
    (store) => ({
      async read(gids) {
        return (await store.read(gids)).map((row) => changed(row, { name: row?.name.toWellFormed() ?? '' }))
      },
    }),
    'text of any kind comes back as it was, in every column',
  ],
  [
    'refuses what is longer than a packet',
    (store) => ({
      async write(batch) {
        const isLong = batch.some(({ state }) => JSON.stringify(state).length > 8 * 1024 * 1024)
        return isLong ? batch.map(() => ({ outcome: 'invalid', reason: 'too long' })) : store.write(batch)
      },
    }),
    'a state as large as it may be is kept whole, whatever characters it is made of',
  ],
  [
    'takes prefixes of gids for gids',
    (store) => ({
      async read(gids) {
        const { rows } = await store.list({ limit: 1_000 })
        return gids.map((gid) => rows.find((row) => row.gid.startsWith(gid)))
      },
    }),
    'gids that begin with one another are different transactions',
  ],
  [
    'lists the oldest first',
    (store) => ({
      async list(query) {
        const page = await store.list(query)
        return { ...page, rows: [...page.rows].reverse() }
      },
    }),
    'a listing shows the newest first, and what is as old in the reverse order of gids',
  ],
  [
    'overlooks one filter of two',
    (store) => ({
      list: ({ name, ...query }) => store.list(query.mode === undefined ? { name, ...query } : query),
    }),
    'filters in pairs show exactly what fits both',
  ],
  [
    'takes the end of a time span as part of it',
    (store) => ({
      list: ({ createdBefore, ...query }) =>
        store.list({ ...query, ...(createdBefore !== undefined && { createdBefore: createdBefore + 1 }) }),
    }),
    'each filter alone shows exactly what fits it',
  ],
  [
    'pages by number',
    (store) => ({
      async list({ cursor, ...query }) {
        const offset = Number(cursor ?? 0)
        const page = await store.list({ ...query, offset })
        return { ...page, ...(page.nextCursor && { nextCursor: `${offset + page.rows.length}` }) }
      },
    }),
    'pages by cursor are not moved by rows that come in between',
  ],
  [
    'takes any cursor',
    (store) => ({
      list: ({ cursor, ...query }) => store.list({ ...query, cursor }).catch(() => store.list(query)),
    }),
    'a cursor that no listing gave is refused as INVALID_REQUEST, as are limits and offsets that can not be',
  ],
  [
    'counts only the page',
    (store) => ({
      async list(query) {
        const page = await store.list(query)
        return { ...page, totalCount: page.rows.length }
      },
    }),
    'a total that is given counts all that fits, on every page',
  ],
  [
    'revives an incarnation that registers again',
    (store) => {
      const lives = new Map<string, number>()
      const lifeOf = (incarnation: string): string => `${incarnation} ${lives.get(incarnation) ?? 0}`
      return {
        register(incarnation, leaseMs) {
          lives.set(incarnation, (lives.get(incarnation) ?? 0) + 1)
          return store.register(lifeOf(incarnation), leaseMs)
        },
        heartbeat: (incarnation, leaseMs) => store.heartbeat(lifeOf(incarnation), leaseMs),
        retire: (incarnation) => store.retire(lifeOf(incarnation)),
      }
    },
    'an incarnation whose lease ran out is never alive again, whatever it does',
  ],
  [
    'never ends a lease',
    (store) => ({
      register: (incarnation) => store.register(incarnation, 1e12),
      heartbeat: (incarnation) => store.heartbeat(incarnation, 1e12),
    }),
    'an incarnation whose lease ran out is never alive again, whatever it does',
  ],
  [
    'overlooks heartbeats',
    (store) => ({ heartbeat: (incarnation) => store.heartbeat(incarnation, 0) }),
    'a registered incarnation is alive, and each heartbeat renews its lease',
  ],
  [
    'gives what another has',
    (store) => ({
      async claim(claim) {
        const rows = await store.claim(claim)
        return rows.length > 0 ? rows : (await store.list({})).rows.slice(0, claim.limit)
      },
    }),
    'incarnations that claim at once share what there is, and none is given what another has',
  ],
  [
    'claims for whoever asks',
    (store) => ({
      async claim(claim) {
        await store.register('some other', 1e12)
        return store.claim({ ...claim, incarnation: 'some other' })
      },
    }),
    'an incarnation that was never registered is not alive, and claims nothing',
  ],
  [
    'implies the empty application',
    (store) => ({ claim: (claim) => store.claim({ ...claim, applications: ['', ...claim.applications] }) }),
    'only applications that are listed are given, and the empty one is not implied',
  ],
  [
    'gives more than was asked for',
    (store) => ({ claim: (claim) => store.claim({ ...claim, limit: claim.limit + 1 }) }),
    'the oldest due come first, orphans among them, and no more than asked for',
  ],
  [
    'lets a claim pass without a version',
    (store) => ({
      async claim(claim) {
        return (await store.claim(claim)).map((row) => ({ ...row, version: row.version - 1 }))
      },
    }),
    'a claim gives what is due and nobody drives: owned, a version later, and else as it was',
  ],
  [
    'forgets what it gave by a claim',
    (store) => ({
      async owned(request) {
        const page = await store.owned(request)
        return { ...page, transactions: page.transactions.filter(({ version }) => version === 1) }
      },
    }),
    'what an incarnation owns is named with its version, however it came to own it',
  ],
  [
    'pages what is owned by number',
    (store) => ({
      async owned({ cursor, ...request }) {
        const { transactions } = await store.owned({ ...request, limit: 1_000 })
        const from = Number(cursor ?? 0)
        const to = from + request.limit
        return {
          transactions: transactions.slice(from, to),
          ...(to < transactions.length && { nextCursor: `${to}` }),
        }
      },
    }),
    'a walk through what an incarnation owns overlooks nothing that stays, whatever else moves',
  ],
  [
    'sweeps without a tombstone',
    () => ({ readTombstones: async (gids) => gids.map(() => undefined) }),
    'a sweep leaves a tombstone of what ended before, and everything else alone',
  ],
  [
    'lets a swept gid be used again',
    (store) => ({
      async write(batch) {
        await store.sweep({ endedBefore: 0, tombstonesBefore: Number.MAX_SAFE_INTEGER, limit: 1_000 })
        return store.write(batch)
      },
    }),
    'a tombstone keeps its gid from being used again, and the answer shows it',
  ],
  [
    'sweeps what ended just then',
    (store) => ({ sweep: (request) => store.sweep({ ...request, endedBefore: request.endedBefore + 1 }) }),
    'a sweep leaves a tombstone of what ended before, and everything else alone',
  ],
  [
    'counts what has ended as active',
    (store) => ({
      async summary() {
        const { rows } = await store.list({ limit: 1_000 })
        const summary = await store.summary()
        return { ...summary, oldestUndecidedAt: rows.at(-1)?.createdAt ?? null }
      },
    }),
    'the summary counts what has not ended by status, finds the oldest of it, and counts attention',
  ],
  [
    'claims the youngest first',
    (store) => ({
      claim: async (claim) => [...(await store.claim(claim))].reverse(),
    }),
    'whatever is done to it in whatever order, it answers as a plain model does',
  ],
]

describe('the conformance suite of stores', () => {
  it.each(FAULTS)('catches one that %s', async (_fault, plant, broken) => {
    const open = (): ReturnType<typeof openMemoryBench> =>
      openMemoryBench((store) => ({ ...store, ...plant(store) }))
    const test = storeConformance(open).find(({ title }) => title === broken)
    await expect(test!.run()).rejects.toThrow()
  })

  it('refuses an exemption from a promise that it does not know', () => {
    const exempts = [{ title: 'it never fails', reason: 'it does' }]
    expect(() => storeConformance(openMemoryBench, exempts)).toThrow(/no promise is called/)
  })
})
