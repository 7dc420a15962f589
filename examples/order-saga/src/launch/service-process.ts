import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const READY_POLL_MS = 25
const READY_ANSWER_MS = 5_000
/** A service that is not ready by then never will be. */
const READY_TIMEOUT_MS = 60_000
/** A service that was asked to stop and has not by then is made to. */
const STOP_TIMEOUT_MS = 20_000
const LOG_TAIL_CHARACTERS = 4_000
const END_WITH_PARENT = join(import.meta.dirname, 'end-with-parent.ts')

export interface ServiceProcessOptions {
  name: string
  script: string
  /** Its `/health` is asked there. */
  url: string
  environment: Readonly<Record<string, string>>
  /** Where everything goes that it writes. */
  logFile: string
}

/** A service as a process of its own, that can be ended in every way and started again. */
export class ServiceProcess {
  readonly name: string
  readonly url: string
  /** Ends that nobody asked for, with what the process wrote before. */
  readonly ownEnds: string[] = []
  readonly #options: ServiceProcessOptions
  #child: ChildProcess | undefined
  #ended: Promise<unknown> = Promise.resolve()
  #isAskedToEnd = false

  constructor(options: ServiceProcessOptions) {
    this.name = options.name
    this.url = options.url
    this.#options = options
  }

  /** Of its present life; 0 before the first. */
  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** With what this life is told beside what every life is. */
  start(more: Readonly<Record<string, string>> = {}): void {
    const { script, environment, logFile } = this.#options
    this.#isAskedToEnd = false
    const log = openSync(logFile, 'a')
    // Detached: Ctrl-C is ours to hear. The channel tells the service when we are gone.
    const child = spawn(process.execPath, ['--import', END_WITH_PARENT, script], {
      env: { ...process.env, ...environment, ...more },
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    })
    closeSync(log)
    // What starts it waits for it only where it says so.
    child.unref()
    child.channel?.unref()
    this.#child = child
    this.#ended = once(child, 'exit').then(() => {
      if (!this.#isAskedToEnd) this.ownEnds.push(`${this.name} ended: ${howEnded(child)}\n${this.log()}`)
    })
  }

  /** Resolves when it answers that it is well; rejects when it has ended, or does not in time. */
  async ready(): Promise<void> {
    const lateMs = performance.now() + READY_TIMEOUT_MS
    while (performance.now() < lateMs) {
      if (await this.#isReady()) return
      if (this.#child?.exitCode !== null || this.#child.signalCode !== null) break
      await sleep(READY_POLL_MS)
    }
    throw new Error(this.ownEnds.at(-1) ?? `${this.name} is not ready; it wrote:\n${this.log()}`)
  }

  /** `kill -9`, at whatever it does. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#isAskedToEnd = true
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  /** Stands still in the midst of whatever it does for so long, and goes on as if nothing had been. */
  async pause(ms: number): Promise<void> {
    // A shell of its own lets it go on again, also when this process has ended meanwhile.
    const script = 'kill -STOP "$1" && sleep "$2"; kill -CONT "$1"'
    const seconds = (ms / 1_000).toFixed(3)
    const shell = spawn('sh', ['-c', script, 'sh', String(this.pid), seconds], {
      stdio: 'ignore',
      detached: true,
    })
    await once(shell, 'exit')
  }

  /** Asks it to stop, and makes it when it does not. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#isAskedToEnd = true
    this.#child?.kill('SIGTERM')
    const tooLate = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await this.#ended
    clearTimeout(tooLate)
  }

  /** The end of what it wrote. */
  log(): string {
    return readFileSync(this.#options.logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS)
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(READY_ANSWER_MS) })).ok
    } catch {
      return false
    }
  }
}

function howEnded({ signalCode, exitCode }: ChildProcess): string {
  return signalCode ?? `exit code ${exitCode}`
}
