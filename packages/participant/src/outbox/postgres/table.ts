import { EVENT_KEY_MAX_LENGTH } from '../event.ts'
import { ALL_LANES, LANES, lanesOf, outboxName } from '../table-names.ts'

/** The sequence by which relays say that they are awake. */
export function awakeOf(table: string): string {
  return `${table}_awake`
}

/** Adds the rows of these lanes, but those that are there. */
export function addLanes(table: string, lanes: readonly number[]): string {
  return `INSERT INTO ${lanesOf(table)} VALUES ${lanes.map((lane) => `(${lane})`).join(', ')} ON CONFLICT DO NOTHING`
}

/** The statements that create the outbox's tables. */
export function outboxTable(table?: string): readonly string[] {
  const name = outboxName(table)
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (
  id uuid PRIMARY KEY,
  -- The key of its message.
  aggregate_id text NOT NULL CHECK (length(aggregate_id) BETWEEN 1 AND ${EVENT_KEY_MAX_LENGTH}),
  event_type text NOT NULL,
  -- json keeps the text as it was written; jsonb would refuse some of it.
  event_data json NOT NULL,
  -- Where it is sent; without it the relay knows by event_type.
  topic text,
  headers json,
  processed boolean NOT NULL DEFAULT false,
  -- The broker will never take it.
  dead boolean NOT NULL DEFAULT false,
  reason text,
  -- Within one aggregate_id the order of the commits. Between others it says nothing.
  position bigint GENERATED ALWAYS AS IDENTITY,
  lane smallint NOT NULL GENERATED ALWAYS AS ((hashtext(aggregate_id) & ${LANES - 1})::smallint) STORED,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  processed_at timestamptz
)`,
    `CREATE INDEX IF NOT EXISTS ${name}_waiting ON ${name} (lane, position) WHERE NOT processed AND NOT dead`,
    `CREATE INDEX IF NOT EXISTS ${name}_dead ON ${name} (position) WHERE dead`,
    `CREATE INDEX IF NOT EXISTS ${name}_processed ON ${name} (processed_at) WHERE processed`,
    // Until when a relay looks by itself, epoch milliseconds: what a sequence holds is seen before any commit.
    `CREATE SEQUENCE IF NOT EXISTS ${awakeOf(name)}`,
    `CREATE TABLE IF NOT EXISTS ${lanesOf(name)} (lane smallint PRIMARY KEY)`,
    addLanes(name, ALL_LANES),
  ]
}
