import type { Row, Statement, StatementResult, Value } from '../databases/database.ts'
import type { OutboxDialect } from './dialect.ts'
import { ALL_LANES, lanesOf } from './table-names.ts'

/** An event that waits to be sent. */
export interface WaitingEvent {
  id: string
  aggregateId: string
  eventType: string
  /** JSON. */
  eventData: string
  topic: string | null
  /** JSON, if all is well: other programs may have written it. */
  headers: string | null
}

/** What is known of an event before it is read. */
export interface Head {
  id: string
  lane: number
  /** Within a lane they are sent in the order of these. */
  place: number
  /** What its data and headers are long. */
  bytes: number
}

/** An event that was given up. */
export interface DeadEvent {
  id: string
  aggregateId: string
  eventType: string
  reason: string
}

/** What a topic is known by before it is asked for: the type of an event, and the topic that it names. */
export type Route = Pick<WaitingEvent, 'eventType' | 'topic'>

/** What rests, as it stands when a round begins: all of the round goes by it, however long that takes. */
export interface Resting {
  topics: ReadonlySet<string>
  /** The routes that are known to lead there. */
  routes: readonly Route[]
  /** Types of which nobody knows the topic. What stands behind one in its key rests too. */
  types: ReadonlySet<string>
}

const WAITING = 'NOT processed AND NOT dead'
/** What is dead was not processed: said so that an index fits. */
const DEAD = 'NOT processed AND dead'
/** Events of a lane that a look passes over at most; what stands behind more waits until some of them have gone. */
const PASSING_WINDOW = 10_000
/** As much of a reason as is kept. */
const REASON_MAX_LENGTH = 1_000

/** The statements of the outbox's tables beside `add`, and how their results are read. */
export class OutboxRows {
  readonly #dialect: OutboxDialect
  readonly #table: string

  constructor(dialect: OutboxDialect, table: string) {
    this.#dialect = dialect
    this.#table = table
  }

  allLanes(): Statement {
    return { sql: `SELECT lane FROM ${lanesOf(this.#table)}`, values: [], answers: 'rows' }
  }

  /**
   * Holds lanes in which something waits and that nobody else holds, from one on. What waits in them has to be read by
   * a statement of its own: this one may have seen what was there before another relay let go of a lane.
   */
  holdLanes(from: number, limit: number): Statement {
    return {
      // A join would hold rows of both tables, and in MySQL all that it has read.
      sql: `SELECT lane FROM ${lanesOf(this.#table)} AS held WHERE lane >= ? AND (
          SELECT 1 FROM ${this.#table} AS event WHERE event.lane = held.lane AND ${WAITING} LIMIT 1
        ) = 1 ORDER BY lane LIMIT ? FOR UPDATE SKIP LOCKED`,
      values: [from, limit],
      answers: 'rows',
    }
  }

  lanesIn({ rows }: StatementResult): number[] {
    return rows.map(({ lane }) => Number(lane))
  }

  /** The heads of the first events of each of these lanes, `limit` for each lane, but those that rest. */
  readHeads(lanes: readonly number[], limit: number, resting: Resting): Statement {
    const chosen = this.#chosen(limit, resting)
    const { readText } = this.#dialect
    const size = `octet_length(${readText('event_data')}) + COALESCE(octet_length(${readText('headers')}), 0)`
    return {
      // Each lane by its own index range, so that no more is sorted than is looked through.
      sql: lanes
        .map(
          () => `(SELECT ${readText('id')} AS id, lane, ${readText('position')} AS place, ${size} AS size
            FROM ${this.#table} AS event JOIN (${chosen.sql}) AS chosen ON event.id = chosen.head)`,
        )
        .join(' UNION ALL '),
      values: lanes.flatMap((lane) => chosen.values(lane)),
      answers: 'rows',
    }
  }

  /** Of one lane. Where something rests, so much is looked through and no more, lest each look reads all that waits. */
  #chosen(
    limit: number,
    { routes, types }: Resting,
  ): { sql: string; values(lane: number): readonly Value[] } {
    const first = `FROM ${this.#table} WHERE lane = ? AND ${WAITING} ORDER BY position LIMIT ?`
    if (routes.length + types.size === 0)
      return { sql: `SELECT id AS head ${first}`, values: (lane) => [lane, limit] }
    const { textPlace, textValue } = this.#dialect
    const unknown = [...types].map(() => textPlace).join(', ')
    const isHeld = `max(CASE WHEN topic IS NULL AND event_type IN (${unknown}) THEN 1 ELSE 0 END)
      OVER (PARTITION BY aggregate_id ORDER BY position)`
    const ways = routes.map(() => `(${textPlace}, ${textPlace})`).join(', ')
    return {
      sql: `SELECT id AS head FROM (
          SELECT id, position, event_type, topic, ${types.size === 0 ? '0' : isHeld} AS held
          FROM (SELECT id, position, event_type, topic, aggregate_id ${first}) AS near
        ) AS known
        WHERE held = 0 ${routes.length === 0 ? '' : `AND (event_type, COALESCE(topic, '')) NOT IN (${ways})`}
        ORDER BY position LIMIT ?`,
      values: (lane) => [
        ...[...types].map(textValue),
        lane,
        PASSING_WINDOW,
        ...routes.flatMap(({ eventType, topic }) => [textValue(eventType), textValue(topic ?? '')]),
        limit,
      ],
    }
  }

  /** Those of each lane in their order. */
  headsIn({ rows }: StatementResult): Head[] {
    return rows
      .map((row) => ({
        id: this.#text(row, 'id'),
        lane: Number(row.lane),
        place: Number(this.#text(row, 'place')),
        bytes: Number(row.size),
      }))
      .sort((one, other) => one.place - other.place)
  }

  readEvents(ids: readonly string[]): Statement {
    const columns = COLUMNS.map(([column, name]) => `${this.#dialect.readText(column)} AS ${name}`).join(', ')
    return {
      sql: `SELECT ${columns} FROM ${this.#table} WHERE id IN (${this.#places(ids)}) ORDER BY position`,
      values: ids,
      answers: 'rows',
    }
  }

  eventsIn({ rows }: StatementResult): WaitingEvent[] {
    return rows.map((row) => ({
      id: this.#text(row, 'id'),
      aggregateId: this.#text(row, 'aggregate'),
      eventType: this.#text(row, 'type'),
      eventData: this.#text(row, 'data'),
      topic: this.#dialect.textOf(row, 'topic'),
      headers: this.#dialect.textOf(row, 'headers'),
    }))
  }

  markSent(ids: readonly string[]): Statement {
    return {
      sql: `UPDATE ${this.#table} SET processed = true, processed_at = CURRENT_TIMESTAMP WHERE id IN (${this.#places(ids)})`,
      values: ids,
      answers: 'count',
    }
  }

  markDead(id: string, reason: string): Statement {
    const { textPlace, textValue, idPlace } = this.#dialect
    return {
      sql: `UPDATE ${this.#table} SET dead = true, reason = ${textPlace} WHERE id = ${idPlace}`,
      values: [textValue(reason.replaceAll('\0', ' ').slice(0, REASON_MAX_LENGTH)), id],
      answers: 'count',
    }
  }

  /**
   * How much waits, up to a limit, and how long the first of each lane has waited, milliseconds. The lanes are counted
   * here: where their rows are gone nothing is sent, and this must tell.
   */
  lag(limit: number): Statement {
    const oldest = `SELECT ${this.#dialect.ageOf('created_at')} FROM ${this.#table} AS event
      WHERE event.lane = each_lane.lane AND ${WAITING} ORDER BY position LIMIT 1`
    const lanes = ALL_LANES.map((lane) => `SELECT ${lane} AS lane`).join(' UNION ALL ')
    return {
      sql: `SELECT
        (SELECT count(*) FROM (SELECT 1 FROM ${this.#table} WHERE ${WAITING} LIMIT ?) AS live) AS waiting,
        (SELECT count(*) FROM (SELECT 1 FROM ${this.#table} WHERE ${DEAD} LIMIT ?) AS others) AS dead,
        (SELECT max(age) FROM (SELECT (${oldest}) AS age FROM (${lanes}) AS each_lane) AS ages) AS oldest`,
      values: [limit, limit],
      answers: 'rows',
    }
  }

  deadEvents(limit: number): Statement {
    const { readText } = this.#dialect
    const columns = ['id', 'aggregate_id', 'event_type', 'reason']
      .map((column, place) => `${readText(column)} AS ${['id', 'aggregate', 'type', 'reason'][place]}`)
      .join(', ')
    return {
      sql: `SELECT ${columns} FROM ${this.#table} WHERE ${DEAD} ORDER BY position LIMIT ?`,
      values: [limit],
      answers: 'rows',
    }
  }

  deadIn({ rows }: StatementResult): DeadEvent[] {
    return rows.map((row) => ({
      id: this.#text(row, 'id'),
      aggregateId: this.#text(row, 'aggregate'),
      eventType: this.#text(row, 'type'),
      reason: this.#dialect.textOf(row, 'reason') ?? '',
    }))
  }

  /** Lets dead events be sent again. */
  revive(ids: readonly string[]): Statement {
    return {
      sql: `UPDATE ${this.#table} SET dead = false, reason = NULL WHERE dead AND id IN (${this.#places(ids)})`,
      values: ids,
      answers: 'count',
    }
  }

  /** Finds events that were sent before some time; those that somebody else deletes are passed over. */
  findSent(olderThanMs: number, limit: number): Statement {
    const { agoPlace, readText } = this.#dialect
    return {
      sql: `SELECT ${readText('id')} AS id FROM ${this.#table} WHERE processed = true AND processed_at < ${agoPlace}
        ORDER BY processed_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      values: [olderThanMs, limit],
      answers: 'rows',
    }
  }

  idsIn({ rows }: StatementResult): string[] {
    return rows.map((row) => this.#text(row, 'id'))
  }

  delete(ids: readonly string[]): Statement {
    return {
      sql: `DELETE FROM ${this.#table} WHERE id IN (${this.#places(ids)})`,
      values: ids,
      answers: 'count',
    }
  }

  #places(ids: readonly string[]): string {
    return ids.map(() => this.#dialect.idPlace).join(', ')
  }

  #text(row: Row, name: string): string {
    const text = this.#dialect.textOf(row, name)
    if (typeof text !== 'string') throw new Error(`the outbox's ${name} was read as ${typeof text}`)
    return text
  }
}

/** With names of one word, which no library's naming changes. */
const COLUMNS = [
  ['id', 'id'],
  ['aggregate_id', 'aggregate'],
  ['event_type', 'type'],
  ['event_data', 'data'],
  ['topic', 'topic'],
  ['headers', 'headers'],
] as const
