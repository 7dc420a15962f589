import type { Store, TransactionRow, TransactionWrite, WriteAnswer } from '@assent/engine'
import { writerOf } from '../promises/history.ts'
import { layered } from '../store/recorded.ts'
import type { Plant } from './plant.ts'

/** Says stored, and stores it a while later, if this process still lives then. */
export const WAIT_ANSWERED_BEFORE_DURABLE: Plant = {
  name: 'answers-a-wait-before-it-is-durable',
  breaks: [2, 3],
  store: (store, process) =>
    layered(store, {
      write(batch) {
        process.after(EARLY_MS, () => void store.write(batch).catch(() => {}))
        const answers = batch.map((): WriteAnswer => ({ outcome: 'stored' }))
        return new Promise((resolve) => process.soon(() => resolve(answers)))
      },
    }),
}

/** How much too early the store answers. */
const EARLY_MS = 20

/** The answer to a write no longer says whose write stands there: an own earlier one is taken for another's. */
export const OWN_WRITE_TAKEN_FOR_ANOTHERS: Plant = {
  name: 'takes-its-own-write-for-anothers',
  breaks: [6],
  store: (store) =>
    layered(store, {
      write: async (batch) =>
        (await store.write(batch)).map((answer) =>
          answer.outcome === 'conflict' && answer.row !== undefined
            ? { ...answer, row: { ...answer.row, writeId: '' } }
            : answer,
        ),
      read: async (gids) => (await store.read(gids)).map((row) => row && { ...row, writeId: '' }),
    }),
}

/** A write counts also where another incarnation has written since. */
export const STALE_WRITER_LET_THROUGH: Plant = {
  name: 'lets-a-stale-writer-through',
  breaks: [6],
  store: (store) =>
    overwriting(store, (write, row) => row.owner !== null && row.owner !== writerOf(write.writeId)),
}

/** What an owner writes is conditional on nothing. */
export const UNFENCED_WRITE: Plant = {
  name: 'writes-without-a-fence',
  breaks: [6],
  store: (store) => overwriting(store, (write) => write.owner !== null && write.expect > 0),
}

/** The same store, but some writes are meant for whatever version stands there. */
function overwriting(
  store: Store,
  isLetThrough: (write: TransactionWrite, row: TransactionRow) => boolean,
): Store {
  return layered(store, {
    async write(batch) {
      const rows = await store.read(batch.map((write) => write.gid))
      return store.write(
        batch.map((write, index) => {
          const row = rows[index]
          return row !== undefined && isLetThrough(write, row) ? { ...write, expect: row.version } : write
        }),
      )
    },
  })
}

/** A heartbeat that comes too late enters the same incarnation again. */
export const EXPIRED_INCARNATION_REVIVED: Plant = {
  name: 'revives-an-expired-incarnation',
  breaks: [6],
  store: (store) =>
    layered(store, {
      async heartbeat(incarnation, leaseMs) {
        const beat = await store.heartbeat(incarnation, leaseMs)
        if (beat.alive) return beat
        return { alive: true, now: (await store.register(incarnation, leaseMs)).now }
      },
    }),
}

/** The store counts a lease as shorter than its owner does, as if the owner's clock were slow by more than the margin. */
export const CLOCK_BEYOND_THE_MARGIN: Plant = {
  name: 'has-a-clock-too-slow-for-the-margin',
  breaks: [6],
  store: (store) =>
    layered(store, {
      register: (incarnation, leaseMs) => store.register(incarnation, leaseMs * 0.7),
      heartbeat: (incarnation, leaseMs) => store.heartbeat(incarnation, leaseMs * 0.7),
    }),
}

/** What was read once is taken to be so from then on, until this process itself writes it. */
export const READS_FROM_MEMORY: Plant = {
  name: 'reads-from-memory',
  breaks: [2],
  store(store) {
    const known = new Map<string, TransactionRow>()
    return layered(store, {
      async read(gids) {
        const unknown = gids.filter((gid) => !known.has(gid))
        for (const row of await store.read(unknown)) if (row !== undefined) known.set(row.gid, row)
        return gids.map((gid) => known.get(gid))
      },
      write(batch) {
        for (const { gid } of batch) known.delete(gid)
        return store.write(batch)
      },
    })
  },
}

/** Part of what a claim gave is not driven, and nobody looks for it. */
export const CLAIM_HALF_FORGOTTEN: Plant = {
  name: 'forgets-half-of-what-it-claimed',
  breaks: [6, 8],
  store: (store) =>
    layered(store, {
      async claim(claim) {
        const rows = await store.claim(claim)
        return rows.slice(0, Math.ceil(rows.length / 2))
      },
    }),
}
