import { type AskEnded, type BarrierRows, type Database, sweep, sweepOutbox } from 'assent/participant'
import { OUTBOX_TABLE } from '../messages/events.ts'
import { reasonOf } from './patiently.ts'

const SWEPT_EVERY_MS = 3_600_000

/** Forgets from time to time what nobody will ask for again: calls of sagas that have ended, and events that were sent. */
export function sweepHourly(
  name: string,
  swept: { database: Database<unknown>; barrier: BarrierRows; ended: AskEnded },
): Disposable {
  const sweepOnce = async () => {
    await sweep(swept.barrier, { ended: swept.ended })
    await sweepOutbox(swept.database, { table: OUTBOX_TABLE })
  }
  const timer = setInterval(() => {
    sweepOnce().catch((error) => console.error(`${name} could not sweep, and will again: ${reasonOf(error)}`))
  }, SWEPT_EVERY_MS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
