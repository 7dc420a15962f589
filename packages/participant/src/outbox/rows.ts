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

/** An event that was given up. */
export interface DeadEvent {
  id: string
  aggregateId: string
  eventType: string
  reason: string
}

/** What a topic is known by before it is asked for: the type of an event, and the topic that it names. */
export type Route = Pick<WaitingEvent, 'eventType' | 'topic'>

const WAITING = 'NOT processed AND NOT dead'
/** What is dead was not processed: said so that an index fits. */
const DEAD = 'NOT processed AND dead'
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

  /** The first events of each of these lanes, but those of some routes; `limit` for each lane. */
  readWaiting(lanes: readonly number[], limit: number, without: readonly Route[]): Statement {
    const { readText, textPlace, textValue } = this.#dialect
    const columns = ['aggregate_id', 'event_type', 'event_data', 'topic', 'headers']
      .map((column, place) => `${readText(column)} AS ${READ_AS[place]}`)
      .join(', ')
    const routes = without.map(() => `(${textPlace}, ${textPlace})`).join(', ')
    const others = without.length === 0 ? '' : `AND (event_type, COALESCE(topic, '')) NOT IN (${routes})`
    const excluded = without.flatMap(({ eventType, topic }) => [textValue(eventType), textValue(topic ?? '')])
    return {
      // Each lane by its own index range, so that nothing is sorted, however much waits.
      sql: lanes
        .map(
          () => `(SELECT ${readText('id')} AS id, ${columns} FROM ${this.#table}
            WHERE lane = ? AND ${WAITING} ${others} ORDER BY position LIMIT ?)`,
        )
        .join(' UNION ALL '),
      values: lanes.flatMap((lane): Value[] => [lane, ...excluded, limit]),
      answers: 'rows',
    }
  }

  waitingIn({ rows }: StatementResult): WaitingEvent[] {
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

/** Names of one word, which no library's naming changes. */
const READ_AS = ['aggregate', 'type', 'data', 'topic', 'headers'] as const
