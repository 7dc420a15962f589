import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { end } from '../../processes/launch.ts'

/** How long a program may take until it answers. */
const READY_MAX_MS = 60_000
const LOOK_INTERVAL_MS = 50
const LOG_TAIL_CHARACTERS = 2_000

export interface ProgramOptions {
  /** Where it runs. */
  directory: string
  environment?: Readonly<Record<string, string>>
  args?: readonly string[]
  logFile: string
  /** Answers 2xx once the program is ready. */
  readyUrl: string
}

/** Starts a program, waits until it answers, and leaves it behind in no case. */
export async function startProgram(
  program: string,
  options: ProgramOptions,
): Promise<{ pid: number } & AsyncDisposable> {
  const { directory, environment = {}, args = [], logFile, readyUrl } = options
  const log = openSync(logFile, 'a')
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  let cause: unknown
  child.once('error', (error) => {
    cause = error
  })
  if (!(await answers(readyUrl, child))) {
    kill()
    const said = readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS)
    throw new Error(`${program} did not become ready:\n${said}`, { cause })
  }
  return { pid: child.pid ?? 0, [Symbol.asyncDispose]: () => end(child) }
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const lateMs = performance.now() + READY_MAX_MS
  while (performance.now() < lateMs && child.pid !== undefined && child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return true
    await sleep(LOOK_INTERVAL_MS)
  }
  return false
}
