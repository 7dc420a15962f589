import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Address, KindOfServer, Settings } from '../kind.ts'
import { COMMAND_TIMEOUT_MS, docker, PULL_TIMEOUT_MS } from './docker.ts'
import type { Runner } from './runner.ts'

const LOG_TAIL_LINES = 60
const NAME_BYTES = 4
/** The descriptor through which the watcher hears from us. */
const WATCHER = 3
/** Removes the container when the process at the other end of the pipe is gone, however that came about. */
const WATCH = 'read -r removed <&3 || docker rm --force --volumes "$1"'

/** Runs a public image, its port on 127.0.0.1 only. */
export class DockerRunner implements Runner {
  readonly #kind: KindOfServer
  readonly #name: string
  readonly #address: Address
  readonly #settings: Settings
  #pid: number | undefined
  #watcher: Socket | undefined
  #isRunning = false
  #isPaused = false
  #life: ChildProcess | undefined

  constructor(kind: KindOfServer, address: Address, settings: Settings) {
    this.#kind = kind
    this.#name = `assent-${kind.kind}-${randomBytes(NAME_BYTES).toString('hex')}`
    this.#address = address
    this.#settings = settings
  }

  get pid(): number {
    if (this.#pid === undefined) throw new Error(`${this.#kind.name} was never started`)
    return this.#pid
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  async start(): Promise<void> {
    if (this.#watcher) await docker(['start', this.#name])
    else await this.#create()
    this.#isRunning = true
    this.#life = spawn('docker', ['wait', this.#name], { detached: true, stdio: 'ignore' })
    this.#life.once('exit', () => {
      this.#isRunning = false
    })
    this.#life.unref()
    this.#pid = Number(await docker(['inspect', '--format={{.State.Pid}}', this.#name]))
  }

  async kill(): Promise<void> {
    this.resume()
    await docker(['kill', `--signal=${this.#kind.killSignal}`, this.#name])
    this.#life?.ref()
    if (this.#life && this.#isRunning) await once(this.#life, 'exit')
  }

  pause(): void {
    execFileSync('docker', ['pause', this.#name], { timeout: COMMAND_TIMEOUT_MS })
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    execFileSync('docker', ['unpause', this.#name], { timeout: COMMAND_TIMEOUT_MS })
    this.#isPaused = false
  }

  log(): Promise<string> {
    return docker(['logs', `--tail=${LOG_TAIL_LINES}`, this.#name])
  }

  async remove(): Promise<void> {
    await docker(['rm', '--force', '--volumes', this.#name])
    this.#watcher?.end('removed\n')
  }

  async #create(): Promise<void> {
    this.#watcher = watch(this.#name)
    const { image, environment, command } = this.#kind.container
    const { port } = this.#address
    const variables = Object.entries(environment(this.#address, this.#settings))
    const args = [
      'run',
      '--detach',
      `--name=${this.#name}`,
      `--publish=127.0.0.1:${port}:${port}`,
      ...variables.map(([name, value]) => `--env=${name}=${value}`),
      image,
      ...command(this.#address, this.#settings),
    ]
    await docker(args, PULL_TIMEOUT_MS)
  }
}

function watch(name: string): Socket {
  const child = spawn('/bin/sh', ['-c', WATCH, 'sh', name], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const toWatcher = child.stdio[WATCHER] as Socket
  toWatcher.on('error', () => {})
  child.unref()
  toWatcher.unref()
  return toWatcher
}
