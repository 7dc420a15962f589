import { AssentError } from '@assent/contract'
import type { Transaction, TransactionRow } from '@assent/engine'

/**
 * The form of the stored state. A row of another form is left alone: an older program must not drive what it
 * can't read in full.
 */
const STATE_FORM = 1

export function writeState(transaction: Transaction): string {
  return `{"form":${STATE_FORM},"transaction":${JSON.stringify(transaction)}}`
}

/** Throws INTERNAL for a state that this program did not write. */
export function readState(row: Pick<TransactionRow, 'gid' | 'state'>): Transaction {
  let stored: { form?: number; transaction?: Transaction }
  try {
    stored = JSON.parse(row.state)
  } catch (cause) {
    // biome-ignore lint/style/useErrorCause: it is handed on, as the fourth argument
    throw new AssentError(
      'INTERNAL',
      `the stored state of ${row.gid} is damaged`,
      { gid: row.gid },
      { cause },
    )
  }
  if (stored.form !== STATE_FORM || stored.transaction === undefined) {
    throw new AssentError('INTERNAL', `the stored state of ${row.gid} is of another version`, {
      gid: row.gid,
    })
  }
  return stored.transaction
}
