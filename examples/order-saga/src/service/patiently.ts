import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 500

/**
 * Does what needs another system, as often as that is away. Says so once for each reason. Throws what is no absence, and
 * when the signal fires.
 */
export async function patiently<Done>(
  attempt: () => Promise<Done>,
  waiting: { for: string; isAway: (error: unknown) => boolean; signal: AbortSignal },
): Promise<Done> {
  for (let told = ''; ; ) {
    waiting.signal.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      if (!waiting.isAway(error)) throw error
      const reason = reasonOf(error)
      if (reason !== told) console.log(`waiting for ${waiting.for}: ${reason}`)
      told = reason
    }
    await sleep(PAUSE_MS, undefined, { signal: waiting.signal })
  }
}

/** What an error says. Some of the system's say nothing but their code. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || (error as NodeJS.ErrnoException).code || error.name
}
