import { isDeferred, type TransactionRow } from '@assent/engine'
import { readState } from '../driving/state.ts'
import type { Context } from '../transactions/context.ts'
import { writeOnce } from '../writing/single-write.ts'

/** A transaction whose state can't be read is left alone for this long. */
const UNREADABLE_PAUSE_MS = 300_000

/**
 * Drives a row that this incarnation owns and has not driven so far: whatever was called before may have taken
 * effect.
 */
export function takeUp(context: Context, row: TransactionRow): void {
  try {
    const transaction = readState(row)
    if (isDeferred(transaction)) {
      const { gid, mode, name = '' } = transaction
      context.observer.observe({ kind: 'accepted', gid, mode, name })
    }
    // What a claim decides, such as an abort at a deadline that has passed, must be durable like any decision.
    context.drivers.take(transaction, row.version)?.happened({ type: 'claimed' })
  } catch (error) {
    context.observer.observe({ kind: 'fault', what: `claiming ${row.gid}`, error: String(error) })
    void leave(context, row)
  }
}

/** Gives back what can't be read, so that a program that can read it may take it up. */
async function leave(context: Context, row: TransactionRow): Promise<void> {
  const dueAt = context.time.now() + UNREADABLE_PAUSE_MS
  const writeId = context.incarnation.newWriteId()
  try {
    await writeOnce(context, { ...row, expect: row.version, writeId, owner: null, dueAt })
  } catch (error) {
    context.observer.observe({ kind: 'fault', what: `leaving ${row.gid}`, error: String(error) })
  }
}
