import { setTimeout as sleep } from 'node:timers/promises'
import type { Greeting, KindOfServer } from './kind.ts'
import type { Runner } from './running/runner.ts'
import type { Origin, OwnServer, ServerKind } from './server.ts'

const READY_POLL_MS = 20
/** A server that does not answer by then never will; what it repairs after a kill is included. */
const READY_TIMEOUT_MS = 60_000

/** A server that was started here, whichever way it is run. */
export class StartedServer implements OwnServer {
  readonly kind: ServerKind
  readonly url: string
  readonly origin: Origin
  product = ''
  version = ''
  readonly #kind: KindOfServer
  readonly #runner: Runner

  constructor(kind: KindOfServer, url: string, origin: Origin, runner: Runner) {
    this.kind = kind.kind
    this.url = url
    this.origin = origin
    this.#kind = kind
    this.#runner = runner
  }

  get pid(): number {
    return this.#runner.pid
  }

  async start(): Promise<void> {
    if (this.#runner.isRunning) throw new Error(`${this.#kind.name} is running already`)
    await this.#runner.start()
    const greeting = await this.#greeting()
    this.product = greeting.product
    this.version = greeting.version
  }

  async kill(): Promise<void> {
    if (this.#runner.isRunning) await this.#runner.kill()
  }

  pause(): void {
    if (!this.#runner.isRunning) throw new Error(`${this.#kind.name} is not running`)
    this.#runner.pause()
  }

  resume(): void {
    if (!this.#runner.isRunning) throw new Error(`${this.#kind.name} is not running`)
    this.#runner.resume()
  }

  async close(): Promise<void> {
    await this.kill()
    await this.#runner.remove()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #greeting(): Promise<Greeting> {
    const begunAt = performance.now()
    let last: unknown
    while (this.#runner.isRunning && performance.now() - begunAt < READY_TIMEOUT_MS) {
      try {
        return await this.#kind.greet(new URL(this.url))
      } catch (error) {
        last = error
        await sleep(READY_POLL_MS)
      }
    }
    const what = this.#runner.isRunning ? `does not answer within ${READY_TIMEOUT_MS} ms` : 'ended at once'
    await this.kill()
    throw new Error(`${this.#kind.name} ${what}. It wrote:\n${await this.#runner.log()}`, { cause: last })
  }
}
