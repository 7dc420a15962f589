import { PROBE } from '../barrier/sql/rows.ts'
import type { Database, Ending, Opened, Session } from '../databases/database.ts'
import type { Awake } from './awake.ts'
import type { OutboxDialect } from './dialect.ts'
import type { Head, OutboxRows } from './rows.ts'
import { restingOf, type Sent, send, type Way } from './sending.ts'
import { LANES } from './table-names.ts'

/** Lanes that a relay holds in one round, so that others find some too. */
export const LANES_AT_ONCE = LANES / 4
/** How long a round waits for the broker, milliseconds. */
export const SEND_TIMEOUT_MS = 20_000
/** What is read in one round, shared by its lanes; of each at least one event, however large it is. */
export const ROUND_MAX_BYTES = 16 * 1024 * 1024
/** PostgreSQL ends a round that rests for so long, milliseconds: its relay has gone without a word. */
export const HOLD_MAX_MS = 60_000

/** What a round needs, the same for all of them. */
export interface Rounds extends Way {
  database: Database<unknown>
  dialect: OutboxDialect
  rows: OutboxRows
  awake: Awake
  /** Events that are sent in one round, at most. */
  batch: number
}

export interface Round extends Sent {
  /** From where the next round looks for lanes. */
  next: number
  /** How long it took to pass over what rests, milliseconds. */
  passingMs: number
}

/**
 * Holds lanes, sends what waits in them and marks it as sent, in one database transaction: a relay that dies lets go
 * of its lanes with its connection, and another one sends again what was not marked.
 */
export function round(rounds: Rounds, from: number): Promise<Round> {
  const { database, dialect, rows } = rounds
  return database.transact<Round>({
    isolation: 'read committed',
    first: [...dialect.limitRound(HOLD_MAX_MS), rows.holdLanes(from, LANES_AT_ONCE)],
    work: async (opened) => relay(rounds, opened),
  })
}

const NOTHING: Readonly<Sent> = { sent: [], dead: [], failed: [], unknown: new Map() }

async function relay(
  { rows, awake, batch, ...way }: Rounds,
  { session, results }: Opened<unknown>,
): Promise<Ending<Round>> {
  const held = results.at(-1)
  const lanes = held ? rows.lanesIn(held) : []
  const next = lanes.length < LANES_AT_ONCE ? 0 : (lanes.at(-1) ?? 0) + 1
  if (lanes.length === 0) return { keep: false, value: { ...NOTHING, next, passingMs: 0 } }
  const ofEach = Math.max(1, Math.floor(batch / lanes.length))
  const resting = restingOf(way)
  const beganMs = performance.now()
  const heads = rows.headsIn(await session.run(rows.readHeads(lanes, ofEach, resting)))
  const passingMs = resting.topics.size + resting.types.size === 0 ? 0 : performance.now() - beganMs
  const ids = withinBytes(heads, ROUND_MAX_BYTES / lanes.length)
  if (ids.length === 0) return { keep: false, value: { ...NOTHING, next, passingMs } }
  const waiting = rows.eventsIn(await session.run(rows.readEvents(ids)))
  for (const statement of awake.say()) await session.run(statement)
  const outcome = await send(way, waiting, resting, SEND_TIMEOUT_MS)
  await mark(rows, session, outcome)
  const isMarked = outcome.sent.length > 0 || outcome.dead.length > 0
  const value = { ...outcome, next, passingMs }
  return isMarked ? { keep: true, value, last: PROBE } : { keep: false, value }
}

/** The first of each lane that come to so many bytes together, and one at least. */
export function withinBytes(heads: readonly Head[], laneMaxBytes: number): string[] {
  const read = new Map<number, number>()
  const within = heads.filter(({ lane, bytes }) => {
    const before = read.get(lane) ?? 0
    read.set(lane, before + bytes)
    return before === 0 || before + bytes <= laneMaxBytes
  })
  return within.map(({ id }) => id)
}

async function mark(rows: OutboxRows, session: Session, { sent, dead }: Sent): Promise<void> {
  if (sent.length > 0) await session.run(rows.markSent(sent.map(({ id }) => id)))
  for (const { event, reason } of dead) await session.run(rows.markDead(event.id, reason))
}
