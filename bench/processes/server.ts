import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { end } from './launch.ts'

/** How long a server may take until it says that it is healthy; it may have to recover a large store first. */
const HEALTHY_MAX_MS = 120_000
const LOOK_INTERVAL_MS = 5

export interface AssentServer extends AsyncDisposable {
  pid: number
  url: string
  /** From the start of the process until it answered that it is healthy. */
  startedMs: number
  /** As when the power fails: nothing is handed over. */
  kill(): Promise<void>
  stop(): Promise<void>
}

export interface ServerOptions {
  /** The data directory. */
  directory: string
  /** What Node itself is told, such as to write a profile. */
  nodeArguments?: readonly string[]
  /** Settings that are not its defaults, such as another store. */
  environment?: Readonly<Record<string, string>>
}

/** `assent start` as it is installed, with its defaults: SQLite with full sync, the audit on, its log in a file. */
export async function startServer(options: ServerOptions): Promise<AssentServer> {
  const { directory, nodeArguments = [], environment = {} } = options
  const port = await freePort()
  const log = openSync(join(directory, 'server.log'), 'a')
  const beganMs = performance.now()
  const child = spawn(process.execPath, [...nodeArguments, commandLine(), 'start'], {
    env: {
      ...process.env,
      ASSENT_DATA_DIR: directory,
      ASSENT_HTTP_PORT: String(port),
      ...environment,
    },
    cwd: directory,
    stdio: ['ignore', log, 'inherit'],
  })
  // A bench that is interrupted leaves no server behind.
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const url = `http://127.0.0.1:${port}`
  await untilHealthy(url, child, join(directory, 'server.log'))
  return {
    pid: child.pid ?? 0,
    url,
    startedMs: performance.now() - beganMs,
    kill: () => end(child, 'SIGKILL'),
    stop: () => end(child),
    [Symbol.asyncDispose]: () => end(child),
  }
}

/** The file that the package declares as its command. */
function commandLine(): string {
  let folder = dirname(fileURLToPath(import.meta.resolve('assent')))
  for (;;) {
    try {
      const { name, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (name === 'assent') return join(folder, bin.assent)
    } catch {
      // No package begins in this folder.
    }
    folder = dirname(folder)
  }
}

async function untilHealthy(url: string, child: ChildProcess, log: string): Promise<void> {
  const late = performance.now() + HEALTHY_MAX_MS
  while (performance.now() < late) {
    if (child.exitCode !== null) break
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(LOOK_INTERVAL_MS)
  }
  child.kill('SIGKILL')
  throw new Error(`the server did not become healthy:\n${readFileSync(log, 'utf8').slice(-2_000)}`)
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A data directory that is gone afterwards. */
export function temporaryDirectory(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'assent-bench-'))
  const remove = (): void => rmSync(path, { recursive: true, force: true })
  process.once('exit', remove)
  return {
    path,
    [Symbol.dispose]() {
      process.off('exit', remove)
      remove()
    },
  }
}
