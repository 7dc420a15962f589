import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KindOfServer, Place, Settings } from '../kind.ts'
import type { Account } from './account.ts'
import { removeDirectory } from './directory.ts'
import { signalTree } from './process-tree.ts'
import type { Runner } from './runner.ts'
import { SupervisedProcess } from './supervised-process.ts'

const LOG_TAIL_CHARACTERS = 4_000

/** Runs this machine's own binary. */
export class LocalRunner implements Runner {
  readonly #kind: KindOfServer
  readonly #binary: string
  readonly #place: Place
  readonly #account: Account | undefined
  readonly #settings: Settings
  #life: SupervisedProcess | undefined

  constructor(
    kind: KindOfServer,
    binary: string,
    place: Place,
    account: Account | undefined,
    settings: Settings,
  ) {
    this.#kind = kind
    this.#binary = binary
    this.#place = place
    this.#account = account
    this.#settings = settings
  }

  get pid(): number {
    if (!this.#life) throw new Error(`${this.#kind.name} was never started`)
    return this.#life.pid
  }

  get isRunning(): boolean {
    return this.#life !== undefined && !this.#life.hasEnded
  }

  async start(): Promise<void> {
    this.#life = SupervisedProcess.start({
      command: this.#kind.command(this.#binary, this.#place, this.#settings),
      directory: this.#place.directory,
      logFile: this.#logFile,
      account: this.#account,
      killSignal: this.#kind.killSignal,
    })
  }

  async kill(): Promise<void> {
    process.kill(this.pid, this.#kind.killSignal)
    // What was paused would not even hear of it.
    this.resume()
    await this.#life?.wait()
  }

  pause(): void {
    signalTree(this.pid, 'SIGSTOP')
  }

  resume(): void {
    signalTree(this.pid, 'SIGCONT')
  }

  async log(): Promise<string> {
    return (await readFile(this.#logFile, 'utf8')).slice(-LOG_TAIL_CHARACTERS)
  }

  remove(): Promise<void> {
    return removeDirectory(this.#place.directory)
  }

  get #logFile(): string {
    return join(this.#place.directory, 'log')
  }
}
