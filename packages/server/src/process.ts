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
      // Listening to whoever forked this process would keep it alive.
      process.off('disconnect', onGone)
      setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
      resolve()
    }
    const onGone = (): void => onSignal('SIGTERM')
    for (const signal of SIGNALS) process.on(signal, onSignal)
    process.on('disconnect', onGone)
  })
  await server.close()
}
