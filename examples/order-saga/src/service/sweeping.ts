import { setTimeout as sleep } from 'node:timers/promises'
import { type AskEnded, type BarrierRows, type Database, sweep, sweepOutbox } from 'assent/participant'
import { OUTBOX_TABLE } from '../messages/events.ts'
import { reasonOf } from './patiently.ts'

/** The first time soon, because a service may be started again more often than it sweeps; by chance, because all may be. */
const FIRST_WITHIN_MS = 60_000
const SWEPT_EVERY_MS = 3_600_000

export interface SweptTables {
  database: Database<unknown>
  barrier: BarrierRows
  ended: AskEnded
}

/**
 * Forgets from time to time what nobody will ask for again: calls of sagas that have ended, and events that were sent.
 * Closing it waits for a sweep that is under way, which ends behind the page where it is.
 */
export function startSweeping(name: string, swept: SweptTables): AsyncDisposable {
  const stopping = new AbortController()
  const { signal } = stopping
  const sweepOn = async (): Promise<void> => {
    for (
      let pauseMs = Math.random() * FIRST_WITHIN_MS;
      await isOver(pauseMs, signal);
      pauseMs = SWEPT_EVERY_MS
    ) {
      await sweepOnce(swept, signal).catch((error) => {
        if (!signal.aborted) console.error(`${name} could not sweep, and will again: ${reasonOf(error)}`)
      })
    }
  }
  const ended = sweepOn()
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await ended
    },
  }
}

async function sweepOnce({ database, barrier, ended }: SweptTables, signal: AbortSignal): Promise<void> {
  const askUntilStopped: AskEnded = (gids) => {
    signal.throwIfAborted()
    return ended(gids)
  }
  await sweep(barrier, { ended: askUntilStopped })
  signal.throwIfAborted()
  await sweepOutbox(database, { table: OUTBOX_TABLE })
}

/** Whether the pause came to its end. */
function isOver(pauseMs: number, signal: AbortSignal): Promise<boolean> {
  return sleep(pauseMs, true, { signal }).catch(() => false)
}
