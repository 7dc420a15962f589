import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Victim } from '../faults/kinds.ts'

const READY_POLL_MS = 25
/** A process that is not ready by then never will be. */
const READY_TIMEOUT_MS = 30_000
const LOG_TAIL_CHARACTERS = 4_000

export interface KillableProcessOptions {
  name: string
  url: string
  /** Where everything goes that the process writes. */
  logFile: string
  /** Where compiled code is kept, so that the next life begins sooner. */
  compileCache: string
  /** Script and arguments of its next life; lives are counted from 1. */
  command: (life: number) => readonly string[]
  /** What it is told beside its arguments. */
  environment?: Readonly<Record<string, string>>
  /** A program with arguments that runs the process in its place, such as `nice -n 5`. */
  through?: readonly string[]
}

/** Processes that must not outlive this one. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A process that is killed, stopped or made to stand still, and started again. */
export class KillableProcess implements Victim {
  readonly name: string
  readonly url: string
  /** Ends that nobody asked for, with what the process wrote before. Must stay empty. */
  readonly ownEnds: string[] = []
  readonly #options: KillableProcessOptions
  #lives = 0
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #isAskedToEnd = false

  constructor(options: KillableProcessOptions) {
    this.name = options.name
    this.url = options.url
    this.#options = options
  }

  /** Compiles it once: a process that is killed leaves nothing in the cache. */
  async compile(): Promise<void> {
    const [script = ''] = this.#options.command(0)
    await promisify(execFile)(process.execPath, [script, '--help'], { env: this.#environment() })
  }

  start(): void {
    this.#lives += 1
    this.#isAskedToEnd = false
    const log = openSync(this.#options.logFile, 'a')
    const [program = process.execPath, ...before] = [...(this.#options.through ?? []), process.execPath]
    // The channel tells a bank when this process is gone, however it ended.
    const child = spawn(program, [...before, ...this.#options.command(this.#lives)], {
      stdio: ['ignore', log, log, 'ipc'],
      env: this.#environment(),
    })
    closeSync(log)
    running.add(child)
    this.#child = child
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => {
        running.delete(child)
        if (!this.#isAskedToEnd) this.ownEnds.push(`${this.name}: ${howEnded(child)}\n${this.#log()}`)
        resolve()
      })
    })
  }

  /** Rejects when the process has ended, or is not ready in time. */
  async ready(): Promise<void> {
    const begunAt = performance.now()
    while (performance.now() - begunAt < READY_TIMEOUT_MS) {
      if (await this.#isReady()) return
      if (this.ownEnds.length > 0) break
      await sleep(READY_POLL_MS)
    }
    throw new Error(`${this.name} is not ready: ${this.ownEnds.at(-1) ?? this.#log()}`)
  }

  /** `kill -9`, at whatever it does. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#isAskedToEnd = true
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  /** Asks it to stop, as whoever replaces it does. Resolves when it is gone. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#isAskedToEnd = true
    child?.kill('SIGTERM')
    await this.#ended
    if (child?.exitCode !== 0)
      this.ownEnds.push(`${this.name}: asked to stop, ${howEnded(child)}\n${this.#log()}`)
  }

  /** Stops it in the midst of whatever it does, for so long. */
  async pause(ms: number): Promise<void> {
    const { pid } = this.#child ?? {}
    if (pid === undefined) throw new Error(`${this.name} was never started`)
    // A shell of its own lets it go on again, also when this process has ended meanwhile.
    const script = 'kill -STOP "$1" && sleep "$2"; kill -CONT "$1"'
    const shell = spawn('sh', ['-c', script, 'sh', String(pid), (ms / 1_000).toFixed(3)], {
      stdio: 'ignore',
      detached: true,
    })
    await once(shell, 'exit')
  }

  #environment(): NodeJS.ProcessEnv {
    const { compileCache, environment } = this.#options
    return { ...process.env, NODE_COMPILE_CACHE: compileCache, ...environment }
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) })).ok
    } catch {
      return false
    }
  }

  #log(): string {
    return readFileSync(this.#options.logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS)
  }
}

function howEnded(child: ChildProcess | undefined): string {
  return child?.signalCode ?? `exit code ${child?.exitCode}`
}
