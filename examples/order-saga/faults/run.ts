import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { kafkaBroker } from 'assent/kafka'
import { EVENT_ID_HEADER } from 'assent/participant'
import { COMMANDS, EVENTS, REPLIES } from '../src/messages/topics.ts'
import { type OwnSystem, prepareOwnSystem } from '../test/own-system.ts'
import { seededChance } from './chance.ts'
import type { Evidence } from './evidence/evidence.ts'
import { rowsOf } from './evidence/gather.ts'
import { Copies } from './messages/copies.ts'
import { sendPoison } from './messages/poison.ts'
import { Recorder } from './messages/recorder.ts'
import { repeatCommands } from './messages/repeats.ts'
import type { FaultSettings } from './settings.ts'
import { orderAmidFaults, STRIKE_MAX_MS } from './strikes/order-amid-faults.ts'
import type { Strike } from './strikes/strike.ts'
import { Customers } from './traffic/customers.ts'
import { PLENTY } from './traffic/draw-order.ts'

/** Getting ready before, and looking at everything after. */
const AROUND_MS = 120_000
const POLL_MS = 100
const REPEATS_TIMEOUT_MS = 30_000
const PLENTY_QUANTITY = 1_000_000

/** So that sagas fail at their first and last steps too; the payment and inventory services refuse by themselves. */
const REFUSING = join(import.meta.dirname, 'refusing-order-service.ts')

const CONSUMED = [...Object.values(COMMANDS), REPLIES]
const DEAD_LETTERS = CONSUMED.map((topic) => `${topic}-dead-letters`)

export interface FaultRun {
  settings: FaultSettings
  evidence: Evidence
  strikes: readonly Strike[]
  /** Messages that were sent again by us. */
  copies: number
  customers: Pick<Customers, 'endedAs' | 'unanswered'>
  /** Ends of processes that nobody asked for. */
  ownEnds: readonly string[]
  /** From the first order until everything had come to rest, milliseconds. */
  tookMs: number
  /** The services' logs and `evidence.json`, for whoever wants to know what happened. */
  folder: string
  /** Deletes them. */
  remove(): void
}

/** A run takes no longer, whatever goes wrong. */
export const runMaxMs = ({ faults, restMs }: FaultSettings): number =>
  AROUND_MS + faults * STRIKE_MAX_MS + 2 * restMs

/**
 * Customers order on and on while faults strike, messages come again and others can't be read. Then all services are
 * killed once more, together, and whatever was accepted may come to its end.
 */
export async function faultRun(settings: FaultSettings): Promise<FaultRun> {
  const folder = mkdtempSync(join(tmpdir(), 'assent-order-saga-'))
  try {
    await using own = await prepareOwnSystem({
      folder,
      scripts: { 'order-service': REFUSING, ...settings.scripts },
    })
    const run = await runOn(own, settings)
    const saved = { settings, strikes: run.strikes, ...run.evidence }
    writeFileSync(join(folder, 'evidence.json'), JSON.stringify(saved))
    return { ...run, folder, remove: () => rmSync(folder, { recursive: true }) }
  } catch (error) {
    throw new Error(`the run broke off; logs are in ${folder}`, { cause: error })
  }
}

async function runOn(own: OwnSystem, settings: FaultSettings): Promise<Omit<FaultRun, 'folder' | 'remove'>> {
  const { system, brokers, query } = own
  await system.start()
  const beganMs = performance.now()
  const seeded = await seedStock(query)
  const broker = kafkaBroker({ brokers: [brokers], clientId: 'faults' })
  try {
    const recorder = await Recorder.start(broker, [...CONSUMED, ...DEAD_LETTERS, ...Object.values(EVENTS)])
    const copies = new Copies(broker, recorder, new Set(CONSUMED), seededChance(settings.seed * 10 + 8))
    const poison = sendPoison(broker, CONSUMED)
    const customers = new Customers(system.url, seededChance(settings.seed * 10 + 9))
    const strikes = await orderAmidFaults(own, customers, settings)
    const unreadable = await poison
    await copies.end()
    await killAll(own)
    await untilAtRest(own, settings.restMs)
    const topics = { commands: Object.values(COMMANDS), replies: REPLIES }
    const repeats = await repeatCommands(broker, recorder, topics, {
      count: settings.repeats,
      chance: seededChance(settings.seed * 10 + 7),
      timeoutMs: REPEATS_TIMEOUT_MS,
    })
    const rows = await rowsOf(own, seeded)
    await untilHeard(recorder, rows.events.length, settings.restMs)
    const published = Object.values(EVENTS)
      .flatMap((topic) => recorder.of(topic))
      .map(({ topic, headers }) => ({ topic, id: headers[EVENT_ID_HEADER] ?? '' }))
    const deadLetters = DEAD_LETTERS.map((topic) => ({
      topic,
      found: recorder.of(topic).map(({ value }) => value),
      expected: unreadable,
    }))
    return {
      settings,
      evidence: { told: customers.told, ...rows, published, deadLetters, repeats },
      strikes,
      copies: copies.sent,
      customers,
      ownEnds: system.all.flatMap(({ ownEnds }) => ownEnds),
      tookMs: performance.now() - beganMs,
    }
  } finally {
    await broker.close()
  }
}

/** Enough of one product for any run. Answers how much there is of each. */
async function seedStock(query: OwnSystem['query']): Promise<ReadonlyMap<string, number>> {
  await query('inventory', 'UPDATE inventory SET available_quantity = $2 WHERE product_id = $1', [
    PLENTY,
    PLENTY_QUANTITY,
  ])
  const rows = await query<{ productId: string; quantity: number }>(
    'inventory',
    'SELECT product_id AS "productId", available_quantity AS quantity FROM inventory',
  )
  return new Map(rows.map(({ productId, quantity }) => [productId, quantity]))
}

/** As a power cut to all three, amid the last orders. */
async function killAll({ system }: OwnSystem): Promise<void> {
  await Promise.all(system.all.map((each) => each.kill()))
  await system.start()
}

/** Until nothing is open or waits to be sent, or the time is over: what is open then is a finding. */
async function untilAtRest({ query }: OwnSystem, restMs: number): Promise<void> {
  const lateMs = performance.now() + restMs
  while (performance.now() < lateMs) {
    const sagas = await query(
      'orders',
      `SELECT FROM saga_transactions WHERE status NOT IN ('Completed', 'Compensated') LIMIT 1`,
    )
    const events = await Promise.all(
      (['orders', 'payments', 'inventory'] as const).map((database) =>
        query(database, 'SELECT FROM outbox_events WHERE NOT processed LIMIT 1'),
      ),
    )
    if ([sagas, ...events].every(({ length }) => length === 0)) return
    await sleep(POLL_MS)
  }
}

/** Until so many different events were heard, or the time is over: one that was not is a finding. */
async function untilHeard(recorder: Recorder, count: number, restMs: number): Promise<void> {
  const lateMs = performance.now() + restMs
  while (performance.now() < lateMs) {
    const heard = Object.values(EVENTS).flatMap((topic) => recorder.of(topic))
    if (new Set(heard.map(({ headers }) => headers[EVENT_ID_HEADER])).size >= count) return
    await sleep(POLL_MS)
  }
}
