import { crc32 } from 'node:zlib'
import type { OutboxDialect } from '../dialect.ts'
import type { NewEventRow } from '../event.ts'
import { addLanes, outboxTable, turnsOf } from './table.ts'

/** So many keys can be held one beside another; more make a larger table, fewer more waits for a stranger's key. */
const SLOTS = 4_096

const TEXT_PLACE = 'CONVERT(? USING utf8mb4)'

export const MYSQL: OutboxDialect = {
  create: (table) => outboxTable(table).map((sql) => ({ sql, values: [], answers: 'count' })),

  addLanes,

  // MySQL's named locks end with the connection, not with the transaction: a row that is held does.
  add: (table, rows) => {
    const slots = [...new Set(rows.map(slotOf))]
    return [
      {
        sql: `INSERT INTO ${turnsOf(table)} (slot, taken) VALUES ${slots.map(() => '(?, 1)').join(', ')}
          ON DUPLICATE KEY UPDATE taken = taken + 1`,
        values: slots,
        answers: 'count',
      },
      {
        sql: `INSERT INTO ${table} (id, aggregate_id, event_type, event_data, topic, headers)
          VALUES ${rows.map(() => `(?, ${Array(5).fill(TEXT_PLACE).join(', ')})`).join(', ')}`,
        values: rows.flatMap((row) => [
          row.id,
          Buffer.from(row.aggregateId),
          Buffer.from(row.eventType),
          Buffer.from(row.eventData),
          row.topic === null ? null : Buffer.from(row.topic),
          row.headers === null ? null : Buffer.from(row.headers),
        ]),
        answers: 'count',
      },
    ]
  },

  sorted: (rows) => [...rows].sort((one, other) => slotOf(one) - slotOf(other)),

  sayAwake: () => [],

  limitRound: () => [],

  // As bytes both ways, whatever the character set of the connection and the server's rules for quotes.
  readText: (column) => `CAST(${column} AS BINARY)`,
  textOf: (row, name) => (row[name] === null ? null : String(row[name])),
  textValue: (text) => Buffer.from(text),
  textPlace: TEXT_PLACE,
  idPlace: '?',
  ageOf: (column) => `(TIMESTAMPDIFF(MICROSECOND, ${column}, CURRENT_TIMESTAMP(3)) / 1000)`,
  agoPlace: 'CURRENT_TIMESTAMP(3) - INTERVAL ? * 1000 MICROSECOND',
}

function slotOf({ aggregateId }: NewEventRow): number {
  return crc32(aggregateId) % SLOTS
}
