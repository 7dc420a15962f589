import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const MAIN = join(import.meta.dirname, '../src/command-line/main.ts')
/** A first start compiles everything. */
const LISTENING_TIMEOUT_MS = 20_000
const POLL_MS = 20

export interface RunningServer {
  child: ChildProcess
  /** How the process ended. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Resolves when it listens. */
  url(): Promise<string>
  /** What it logged so far. */
  lines(): Record<string, unknown>[]
  /** What it wrote to standard error so far. */
  err(): string
}

const running: ChildProcess[] = []

/** `assent start` on a free port, in a process of its own. */
export function startServer(
  folder: string,
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningServer {
  const child = spawn(process.execPath, [MAIN, 'start', '--http-port', '0', ...flags], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessByStdio<null, Readable, Readable>
  running.push(child)
  const lines: Record<string, unknown>[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const url = async (): Promise<string> => {
    for (let waitedMs = 0; waitedMs < LISTENING_TIMEOUT_MS; waitedMs += POLL_MS) {
      const listening = lines.find((line) => line.url !== undefined)
      if (listening !== undefined) return String(listening.url)
      if (child.exitCode !== null) break
      await sleep(POLL_MS)
    }
    throw new Error(`the server does not listen: ${err}${JSON.stringify(lines)}`)
  }
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  return { child, exited, url, lines: () => lines, err: () => err }
}

/** Ends every server that was started here, for whatever a test left behind. */
export function killServers(): void {
  for (const child of running.splice(0)) child.kill('SIGKILL')
}
