import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, accountFor } from './account.ts'
import { makeDirectory, removeDirectory, removeLeftovers } from './directory.ts'
import type { Greeting, KindOfServer, Place } from './kind.ts'
import { freePort } from './port.ts'
import { treeOf } from './process-tree.ts'
import type { Origin, OwnServer, ServerOptions } from './server.ts'
import { SupervisedProcess, tailOf } from './supervised-process.ts'

const READY_POLL_MS = 20
/** A server that does not answer by then never will; recovery after a kill included. */
const READY_TIMEOUT_MS = 60_000
/** Another process may take the port between our look and the server's. */
const PORT_ATTEMPTS = 3

/** Starts a server of this machine's own binary, in a new directory. */
export async function startLocalServer(
  kind: KindOfServer,
  binary: string,
  origin: Origin,
  options: ServerOptions,
): Promise<OwnServer> {
  await removeLeftovers()
  const account = await accountFor(kind.account)
  const directory = await makeDirectory(account)
  const password = randomBytes(12).toString('hex')
  try {
    const place = { directory, port: await freePort(), password }
    await kind.prepare(binary, place, (program, args, input) => run(program, args, input, directory, account))
    for (let attempt = 1; ; attempt += 1) {
      const server = new LocalServer(
        kind,
        binary,
        origin,
        { ...place, port: attempt === 1 ? place.port : await freePort() },
        account,
        options,
      )
      try {
        await server.start()
        return server
      } catch (error) {
        if (attempt === PORT_ATTEMPTS) throw error
      }
    }
  } catch (error) {
    await removeDirectory(directory)
    throw error
  }
}

class LocalServer implements OwnServer {
  readonly kind
  readonly url: string
  readonly origin: Origin
  product = ''
  version = ''
  readonly #kind: KindOfServer
  readonly #binary: string
  readonly #place: Place
  readonly #account: Account | undefined
  readonly #settings: Readonly<Record<string, string>>
  #life: SupervisedProcess | undefined

  constructor(
    kind: KindOfServer,
    binary: string,
    origin: Origin,
    place: Place,
    account: Account | undefined,
    options: ServerOptions,
  ) {
    this.kind = kind.kind
    this.url = kind.url(place)
    this.origin = origin
    this.#kind = kind
    this.#binary = binary
    this.#place = place
    this.#account = account
    this.#settings = options.settings ?? {}
  }

  get pid(): number {
    if (!this.#life) throw new Error(`${this.#kind.name} was never started`)
    return this.#life.pid
  }

  async start(): Promise<void> {
    if (this.#life && !this.#life.hasEnded) throw new Error(`${this.#kind.name} is running already`)
    const life = SupervisedProcess.start({
      program: this.#binary,
      args: this.#kind.arguments(this.#place, this.#settings),
      directory: this.#place.directory,
      logFile: this.#logFile,
      account: this.#account,
      killSignal: this.#kind.killSignal,
    })
    this.#life = life
    const greeting = await this.#greeting(life)
    this.product = greeting.product
    this.version = greeting.version
  }

  async kill(): Promise<void> {
    const life = this.#life
    if (!life || life.hasEnded) return
    life.signal(this.#kind.killSignal)
    this.resume()
    await life.wait()
  }

  pause(): void {
    // The first to stop is the one that could start others; what it had started by then is stopped too.
    process.kill(this.pid, 'SIGSTOP')
    for (const pid of treeOf(this.pid).slice(1)) process.kill(pid, 'SIGSTOP')
  }

  resume(): void {
    for (const pid of treeOf(this.pid).reverse()) process.kill(pid, 'SIGCONT')
  }

  async close(): Promise<void> {
    await this.kill()
    await removeDirectory(this.#place.directory)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #logFile(): string {
    return join(this.#place.directory, 'log')
  }

  async #greeting(life: SupervisedProcess): Promise<Greeting> {
    const begunAt = performance.now()
    let last: unknown
    while (!life.hasEnded && performance.now() - begunAt < READY_TIMEOUT_MS) {
      try {
        return await this.#kind.greet(new URL(this.url))
      } catch (error) {
        last = error
        await sleep(READY_POLL_MS)
      }
    }
    const log = tailOf(this.#logFile)
    await this.kill()
    throw new Error(`${this.#kind.name} does not answer at ${this.#place.port}:\n${log}`, { cause: last })
  }
}

/** Runs a program of the server's to its end, as its account. */
async function run(
  program: string,
  args: readonly string[],
  input: string | undefined,
  directory: string,
  account: Account | undefined,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = execFile(program, args, { cwd: directory, ...account }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} failed:\n${stdout}\n${stderr}`, { cause: error }))
      else resolve()
    })
    child.stdin?.end(input)
  })
}
