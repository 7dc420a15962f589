import type { Server } from './compose.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
/** What a shell says of a process that a signal ended. */
const CODES = { SIGTERM: 143, SIGINT: 130 } as const
/** A stop that takes longer is ended: what is durable is taken up by the next start. */
const STOP_TIMEOUT_MS = 30_000

/** Resolves when the server has stopped: gracefully at the first signal, at once at the second. The end of a
 * process that forked this one counts as a signal. */
export async function untilStopped(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    let stopping = false
    const onSignal = (signal: (typeof SIGNALS)[number]): void => {
      if (stopping) process.exit(CODES[signal])
      stopping = true
      setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
      resolve()
    }
    for (const signal of SIGNALS) process.on(signal, onSignal)
    // Forked by a process that is gone, however it ended: nobody would ever stop this one.
    process.once('disconnect', () => onSignal('SIGTERM'))
  })
  await server.close()
}
