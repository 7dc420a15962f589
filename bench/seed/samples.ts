import { setTimeout as sleep } from 'node:timers/promises'
import type { Participant } from '../processes/participant.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import type { Store, StorePlace } from '../processes/store-place.ts'

/** A transaction as a store holds it. */
export type Row = NonNullable<Awaited<ReturnType<Store['read']>>[number]>

/** Real transactions, each of a kind that fills a store. */
export interface Samples {
  committed: Row
  aborted: Row
  /** Started, and nobody has submitted it yet. */
  prepared: Row
  /** Its participant asked to be called again in an hour. */
  waiting: Row
  /** Committed behind its pivot, and somebody should look: it can't finish. */
  attention: Row
}

/** How long a transaction with nothing to do takes until it is parked, attention included. */
const PARKED_AFTER_MS = 3_000
const HOUR_MS = 3_600_000
const DUE_SOON_MS = 1_800_000

/** Runs one transaction of each kind through a server and takes its row from the store. */
export async function takeSamples(place: StorePlace, participant: Participant): Promise<Samples> {
  const gids: Record<keyof Samples, string> = await runEach(place, participant)
  const store = place.store()
  await store.open()
  try {
    const read = async (kind: keyof Samples): Promise<Row> => {
      const [row] = await store.read([gids[kind]])
      if (row === undefined) throw new Error(`the sample ${kind} is not in the store`)
      return row
    }
    const samples: Samples = {
      committed: await read('committed'),
      aborted: await read('aborted'),
      prepared: await read('prepared'),
      waiting: await read('waiting'),
      attention: await read('attention'),
    }
    assertAsMeant(samples)
    return samples
  } finally {
    await store.close()
  }
}

async function runEach(place: StorePlace, participant: Participant): Promise<Record<keyof Samples, string>> {
  using directory = temporaryDirectory()
  await using server = await startServer({ directory: directory.path, environment: place.environment })
  const { done, refused, later } = participant
  const payload = { account: 'alice', amount: 100, currency: 'EUR', reference: 'invoice 4711' }
  const branch = (action: string) => ({ action, compensate: done, payload })
  const patient = { retry_max_interval_ms: HOUR_MS, timeout_to_fail_ms: 2 * HOUR_MS }
  const post = async (path: string, body: object): Promise<string> => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    const said = (await answer.json()) as { gid?: string }
    if (said.gid === undefined) throw new Error(`${path} answered ${answer.status} ${JSON.stringify(said)}`)
    return said.gid
  }
  const gids = {
    committed: await post('/api/tx', { branches: [branch(done), branch(done)], wait: true }),
    aborted: await post('/api/tx', { branches: [branch(done), branch(refused)], wait: true }),
    prepared: await post('/api/start', { payload }),
    waiting: await post('/api/tx', { branches: [branch(done), branch(later)], options: patient }),
    attention: await post('/api/tx', {
      branches: [
        { ...branch(done), pivot: true },
        { action: later, payload },
      ],
      options: { ...patient, attention_after_ms: 1_000 },
    }),
  }
  await sleep(PARKED_AFTER_MS)
  return gids
}

/** Rows that were about something else would measure something else. */
function assertAsMeant(samples: Samples): void {
  const { committed, aborted, prepared, waiting, attention } = samples
  const expected = { committed: 'COMMITTED', aborted: 'ABORTED', prepared: 'PREPARED', waiting: 'SUBMITTED' }
  for (const [kind, status] of Object.entries({ ...expected, attention: 'COMMITTING' })) {
    const found = samples[kind as keyof Samples].status
    if (found !== status) throw new Error(`the sample ${kind} is ${found}`)
  }
  if (committed.endedAt === null || aborted.endedAt === null) throw new Error('an ended sample has no end')
  if (!attention.attention) throw new Error('the sample attention shows none')
  for (const { gid, owner, dueAt } of [prepared, waiting, attention]) {
    const isParked = owner === null && dueAt !== null && dueAt > Date.now() + DUE_SOON_MS
    if (!isParked) throw new Error(`the sample ${gid} is not parked: owner ${owner}, due at ${dueAt}`)
  }
}
