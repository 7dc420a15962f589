import { barrierTable, outboxTable } from 'assent/participant'
import { OUTBOX_TABLE } from '../messages/events.ts'

export const INBOX_TABLE = 'processed_commands'

/**
 * The barrier's table, and some of it by names that are easier to read. Whoever answers with texts of others leaves out
 * `result`: jsonb refuses U+0000, and with it the command.
 */
export const PROCESSED_COMMANDS = `
  ${barrierTable('postgres', INBOX_TABLE)};
  ALTER TABLE ${INBOX_TABLE}
    ADD COLUMN idempotency_key text GENERATED ALWAYS AS (gid || '/' || branch_id || '/' || op) STORED,
    ADD COLUMN result jsonb GENERATED ALWAYS AS (answer::jsonb) STORED,
    ADD COLUMN processed_at timestamptz GENERATED ALWAYS AS (to_timestamp(touched_at / 1000.0)) STORED`

export const OUTBOX_EVENTS = outboxTable('postgres', OUTBOX_TABLE).join(';\n')
