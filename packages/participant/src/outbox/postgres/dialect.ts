import type { Row } from '../../databases/database.ts'
import type { OutboxDialect } from '../dialect.ts'
import type { NewEventRow } from '../event.ts'
import { channelOf } from '../table-names.ts'
import { addLanes, awakeOf, outboxTable } from './table.ts'

/** As text, and made into their types inside: some drivers would write a text of JSON as JSON once more. */
const COLUMNS = ['id', 'aggregate_id', 'event_type', 'event_data', 'topic', 'headers'] as const

const NOW_MS = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/** Commits that notify wait for each other's, disk included: so nobody is woken who is awake. */
function wakeUp(table: string): string {
  return `SELECT pg_notify('${channelOf(table)}', '')::text FROM ${awakeOf(table)} WHERE last_value < ${NOW_MS}`
}

export const POSTGRES: OutboxDialect = {
  create: (table) => [
    // CREATE TABLE IF NOT EXISTS fails where another is amid the same.
    {
      sql: `SELECT pg_advisory_xact_lock(hashtext('${channelOf(table)}'))::text AS held`,
      values: [],
      answers: 'rows',
    },
    ...outboxTable(table).map((sql) => ({ sql, values: [], answers: 'count' }) as const),
  ],

  addLanes,

  // MATERIALIZED parts the lock from the INSERT: a row comes out of it only with its key held, and is given its
  // position behind that. The lock ends with the transaction, when what it has written is seen.
  add: (table, rows, { wakes }) => [
    {
      sql: `WITH event AS MATERIALIZED (
          SELECT given.*, pg_advisory_xact_lock(hashtextextended('${channelOf(table)} ' || aggregate_id, 0))::text AS held
            ${wakes ? `, (${wakeUp(table)}) AS woken` : ''}
          FROM (VALUES ${rows.map(() => `(${COLUMNS.map(() => '?::text').join(', ')})`).join(', ')})
            AS given (${COLUMNS.join(', ')})
        )
        INSERT INTO ${table} (${COLUMNS.join(', ')})
        SELECT id::uuid, aggregate_id, event_type, event_data::json, topic, headers::json FROM event`,
      values: rows.flatMap((row) => [
        row.id,
        row.aggregateId,
        row.eventType,
        row.eventData,
        row.topic,
        row.headers,
      ]),
      answers: 'count',
    },
  ],

  sorted: (rows) => [...rows].sort(byKey),

  sayAwake: (table, forMs) => [
    {
      sql: `SELECT setval('${awakeOf(table)}', ${NOW_MS} + ?::bigint)::text AS until`,
      values: [forMs],
      answers: 'rows',
    },
  ],

  limitRound: (holdMaxMs) => [
    {
      // A limit that the session has already stays.
      sql: `SELECT set_config('idle_in_transaction_session_timeout', CASE limited WHEN '0' THEN ?::text ELSE limited END, true) AS now
        FROM current_setting('idle_in_transaction_session_timeout') AS limited`,
      values: [String(holdMaxMs)],
      answers: 'rows',
    },
  ],

  readText: (column) => `${column}::text`,
  textOf: (row: Row, name: string) => row[name] as string | null,
  textValue: (text) => text,
  textPlace: '?::text',
  idPlace: '?::uuid',
  ageOf: (column) => `(extract(epoch FROM clock_timestamp() - ${column}) * 1000)`,
  agoPlace: `clock_timestamp() - ?::bigint * interval '1 millisecond'`,
}

function byKey({ aggregateId: one }: NewEventRow, { aggregateId: other }: NewEventRow): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
