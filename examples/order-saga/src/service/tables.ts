import { barrierTable, outboxTable } from 'assent/participant'
import { OUTBOX_TABLE } from '../messages/events.ts'

export const INBOX_TABLE = 'processed_commands'

/**
 * The barrier's table, and some of it by names that are easier to read. `idempotency_key` names a call, an undo another
 * than what it undoes; the command's own id is not kept, for a call that is asked again comes as another command. Whoever
 * answers with texts of others leaves out `result`: jsonb refuses U+0000, and with it the command.
 */
export const PROCESSED_COMMANDS = `
  ${barrierTable('postgres', INBOX_TABLE)};
  ALTER TABLE ${INBOX_TABLE}
    ADD COLUMN idempotency_key varchar(255) GENERATED ALWAYS AS (gid || '/' || branch_id || '/' || op) STORED UNIQUE,
    ADD COLUMN result jsonb GENERATED ALWAYS AS (answer::jsonb) STORED,
    ADD COLUMN processed_at timestamptz GENERATED ALWAYS AS (to_timestamp(touched_at / 1000.0)) STORED`

export const OUTBOX_EVENTS = outboxTable('postgres', OUTBOX_TABLE).join(';\n')
