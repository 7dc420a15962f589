import { EVENT_KEY_MAX_LENGTH, EVENT_TOPIC_MAX_LENGTH, EVENT_TYPE_MAX_LENGTH } from '../event.ts'
import { ALL_LANES, LANES, lanesOf, outboxName } from '../table-names.ts'

const TEXT = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'

/** The table in which writers hold keys until they commit. */
export function turnsOf(table: string): string {
  return `${table}_turns`
}

/** Adds the rows of these lanes, but those that are there. */
export function addLanes(table: string, lanes: readonly number[]): string {
  return `INSERT IGNORE INTO ${lanesOf(table)} VALUES ${lanes.map((lane) => `(${lane})`).join(', ')}`
}

/** The statements that create the outbox's tables. */
export function outboxTable(table?: string): readonly string[] {
  const name = outboxName(table)
  return [
    `CREATE TABLE IF NOT EXISTS ${lanesOf(name)} (lane smallint NOT NULL PRIMARY KEY) ENGINE = InnoDB`,
    addLanes(name, ALL_LANES),
    `CREATE TABLE IF NOT EXISTS ${turnsOf(name)} (
  -- Keys have the same slot where their hashes are the same; they then wait for each other.
  slot integer NOT NULL PRIMARY KEY,
  taken bigint NOT NULL
) ENGINE = InnoDB`,
    // The last: where it is, all of them are.
    `CREATE TABLE IF NOT EXISTS ${name} (
  id char(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  -- The key of its message.
  aggregate_id varchar(${EVENT_KEY_MAX_LENGTH}) ${TEXT} NOT NULL,
  event_type varchar(${EVENT_TYPE_MAX_LENGTH}) ${TEXT} NOT NULL,
  -- JSON; its own type refuses some of it, or writes it anew.
  event_data mediumtext ${TEXT} NOT NULL,
  -- Where it is sent; without it the relay knows by event_type.
  topic varchar(${EVENT_TOPIC_MAX_LENGTH}) ${TEXT},
  headers mediumtext ${TEXT},
  processed boolean NOT NULL DEFAULT false,
  -- The broker will never take it.
  dead boolean NOT NULL DEFAULT false,
  reason text ${TEXT},
  -- Within one aggregate_id the order of the commits. Between others it says nothing.
  position bigint NOT NULL AUTO_INCREMENT UNIQUE,
  lane smallint GENERATED ALWAYS AS (CRC32(aggregate_id) % ${LANES}) STORED,
  created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  processed_at timestamp(3) NULL DEFAULT NULL,
  INDEX ${name}_waiting (processed, dead, lane, position),
  INDEX ${name}_processed (processed, processed_at)
) ENGINE = InnoDB`,
  ]
}
