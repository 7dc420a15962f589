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

/** The answer to a write no longer says whose write stands there. */
export const CONFLICT_TAKEN_AS_LOSS: Plant = {
  name: 'takes-a-conflict-as-loss',
  breaks: [8],
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
