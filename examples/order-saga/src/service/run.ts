/** How long a service may take to stop before it is ended. */
const STOP_MAX_MS = 15_000

/** Runs a service as this process, until it is told to stop: what is under way ends first. */
export async function run(
  name: string,
  start: (signal: AbortSignal) => Promise<AsyncDisposable & { url: string }>,
): Promise<void> {
  const stopping = new AbortController()
  const stopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve())
  })
  const stop = () => stopping.abort(new Error('it is told to stop'))
  process.on('SIGTERM', stop).on('SIGINT', stop)
  try {
    await using service = await start(stopping.signal)
    console.log(`${name} listens on ${service.url}`)
    await stopped
    setTimeout(() => process.exit(1), STOP_MAX_MS).unref()
  } catch (error) {
    if (!stopping.signal.aborted) throw error
  }
  console.log(`${name} has stopped`)
}
