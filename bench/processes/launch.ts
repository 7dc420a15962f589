import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** How long a process may take to say that it is ready, or to end when it is asked to. */
const READY_MAX_MS = 30_000
const END_MAX_MS = 20_000

/** Starts a file (of this folder, unless it is a URL) as a process of its own; resolves with the first thing it says. */
export async function launch<Ready>(
  file: string | URL,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; ready: Ready }> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const env = { ...process.env, ...environment }
  const child = fork(path, [...args], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const late = AbortSignal.timeout(READY_MAX_MS)
  const [ready] = await Promise.race([
    once(child, 'message', { signal: late }),
    once(child, 'exit', { signal: late }).then(([code]) => {
      throw new Error(`${file} ended with ${code} before it was ready`)
    }),
  ])
  return { child, ready }
}

/** Asks a process to end, and kills it when it does not. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MAX_MS)
  child.kill(signal)
  await ended
  clearTimeout(timer)
}
