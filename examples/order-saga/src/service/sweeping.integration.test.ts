import { type AskEnded, pg, sqlBarrier } from 'assent/participant'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/fresh-database.ts'
import { MIGRATIONS } from '../payment/migrations.ts'
import { migrate } from './database.ts'
import { startSweeping } from './sweeping.ts'
import { INBOX_TABLE } from './tables.ts'

/** Of which the coordinator is asked in one question. */
const PAGE = 1_000

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
  await migrate(database.pool, MIGRATIONS)
  // The first time comes at once, and the next one in an hour.
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => database?.[Symbol.asyncDispose]())
afterEach(() => {
  vi.restoreAllMocks()
})

/** Calls and an event so old that nobody asks for them again. */
async function leaveBehind(calls: number): Promise<void> {
  await database.pool.query(
    `INSERT INTO processed_commands (gid, branch_id, place, op, state, created_at, touched_at)
     SELECT 'order-' || number, 'payment', 'origin', 'action', 'done', 0, 0 FROM generate_series(1, $1) AS number`,
    [calls],
  )
  await database.pool.query(
    `INSERT INTO outbox_events (id, aggregate_id, event_type, event_data, processed, processed_at)
     VALUES (gen_random_uuid(), 'order-1', 'PaymentProcessed', '{}', true, 'epoch')`,
  )
}

async function left(): Promise<{ calls: number; events: number }> {
  const { rows } = await database.pool.query(
    `SELECT (SELECT count(*)::integer FROM processed_commands) AS calls,
       (SELECT count(*)::integer FROM outbox_events) AS events`,
  )
  return rows[0]
}

const start = (ended: AskEnded) =>
  startSweeping('payment-service', {
    database: pg(database.pool),
    barrier: sqlBarrier(pg(database.pool), { table: INBOX_TABLE }),
    ended,
  })

const allHaveEnded: AskEnded = async (gids) => ({
  ended: gids.map((gid) => ({ gid, status: 'COMMITTED', endedAt: 0 })),
  unknown: [],
})

it('what nobody will ask for again goes soon after the start', async () => {
  await leaveBehind(3)
  await using _sweeping = start(allHaveEnded)
  await expect.poll(left).toEqual({ calls: 0, events: 0 })
})

it('a sweep that fails is said, and leaves what it could not ask for', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue()
  await leaveBehind(3)
  await using _sweeping = start(async () => {
    throw new Error('the coordinator is away')
  })
  await expect.poll(() => said.mock.calls).toHaveLength(1)
  expect(said.mock.calls[0]?.[0]).toContain('the coordinator is away')
  expect((await left()).calls).toBe(3)
})

it('a stop waits for the page that is being swept, and begins no other', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue()
  await leaveBehind(2 * PAGE)
  const answering = Promise.withResolvers<void>()
  const ended = vi.fn<AskEnded>(async (gids) => {
    await answering.promise
    return allHaveEnded(gids)
  })
  const sweeping = start(ended)
  await expect.poll(() => ended.mock.calls).toHaveLength(1)
  let isStopped = false
  const stopped = sweeping[Symbol.asyncDispose]().then(() => {
    isStopped = true
  })
  await left()
  expect(isStopped).toBe(false)
  answering.resolve()
  await stopped
  expect(ended).toHaveBeenCalledTimes(1)
  expect(await left()).toEqual({ calls: PAGE, events: 1 })
  expect(said).not.toHaveBeenCalled()
})
