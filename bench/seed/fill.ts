import type { Participant } from '../processes/participant.ts'
import type { Store, StorePlace } from '../processes/store-place.ts'
import { copier, type Write } from './copies.ts'
import { type Samples, takeSamples } from './samples.ts'

/** How much stands in a store. */
export interface Amounts {
  ended: number
  parked: number
}

const BATCH_ROWS = 1_000
/** Ended ones are spread over this much of the past, less than any is kept for. */
const ENDED_OVER_MS = 6 * 86_400_000
const PARKED_OVER_MS = 600_000
/** One of so many is of the rarer kind. */
const ABORTED_EVERY = 10
const PREPARED_EVERY = 2
const ATTENTION_EVERY = 100
const LABELLED_EVERY = 4
const TENANTS = 500

export const NAMES = ['transfer', 'order', 'booking', 'refund', 'signup', 'payout', 'renewal', 'shipment']

/** Fills a store with copies of real transactions, oldest first, as time would have done. */
export async function fill(place: StorePlace, participant: Participant, amounts: Amounts): Promise<void> {
  const samples = await takeSamples(place, participant)
  const store = place.store()
  await store.open()
  const beganMs = performance.now()
  try {
    let batch: Write[] = []
    let writing: Promise<unknown> = Promise.resolve()
    const send = async (): Promise<void> => {
      // One batch is made while the one before is written.
      await writing
      writing = storeAll(store, batch)
      batch = []
    }
    for (const write of rows(samples, amounts, Date.now())) {
      batch.push(write)
      if (batch.length === BATCH_ROWS) await send()
    }
    await send()
    await writing
  } finally {
    await store.close()
  }
  const all = amounts.ended + amounts.parked
  console.log(`  ${all} transactions in ${((performance.now() - beganMs) / 1_000).toFixed(0)} s`)
}

async function storeAll(store: Store, batch: readonly Write[]): Promise<void> {
  const answers = await store.write(batch)
  const other = answers.find(({ outcome }) => outcome !== 'stored')
  if (other !== undefined) throw new Error(`a row was not stored: ${JSON.stringify(other)}`)
}

function* rows(samples: Samples, { ended, parked }: Amounts, now: number): Generator<Write> {
  const committed = copier(samples.committed)
  const aborted = copier(samples.aborted)
  for (let place = 0; place < ended; place++) {
    const createdAt = Math.floor(now - ENDED_OVER_MS * (1 - place / ended) - PARKED_OVER_MS)
    yield (place % ABORTED_EVERY === 0 ? aborted : committed)({ createdAt, ...ownOf(place) })
  }
  const prepared = copier(samples.prepared)
  const waiting = copier(samples.waiting)
  const attention = copier(samples.attention)
  for (let place = 0; place < parked; place++) {
    const createdAt = Math.floor(now - PARKED_OVER_MS * (1 - place / parked))
    const copy = place % ATTENTION_EVERY === 0 ? attention : place % PREPARED_EVERY === 0 ? prepared : waiting
    yield copy({ createdAt, ...ownOf(place) })
  }
}

function ownOf(place: number): { name: string; labels: Record<string, string> } {
  const labels: Record<string, string> =
    place % LABELLED_EVERY === 0 ? { tenant: `t-${Math.floor(place / LABELLED_EVERY) % TENANTS}` } : {}
  return { name: NAMES[place % NAMES.length] ?? '', labels }
}
