import { ErrorAnswer, isCertain } from './failures.ts'
import type { Keyspace } from './keyspace.ts'
import { type Given, PROVE, runScript, type Script, WRITE } from './scripts.ts'
import type { Servers } from './servers.ts'
import type { Command, Reply } from './session.ts'

/** Where the store's time comes from, beside the server's own. */
export interface Clock {
  /** The store's time is never before it. */
  timeFloor: number
  /** Milliseconds that are added to the server's time. */
  aheadMs(): number
}

/** The servers, what the keys on them are called, and the store's time. */
export class Database {
  readonly keyspace: Keyspace
  readonly servers: Servers
  private readonly clock: Clock
  private latest: number
  /** The hash tag whose server refused the last change, such as for want of memory. */
  private refusing: string | undefined

  constructor(keyspace: Keyspace, servers: Servers, clock: Clock) {
    this.keyspace = keyspace
    this.servers = servers
    this.clock = clock
    this.latest = clock.timeFloor
  }

  get aheadMs(): number {
    return this.clock.aheadMs()
  }

  /** Never backwards for whoever asks here, whatever server answers. */
  timeIs(now: number): number {
    this.latest = Math.max(this.latest, now)
    return this.latest
  }

  /** Rejects with ErrorAnswer, with NotSent, or with AnswerLost, as do `ask` and `change`. */
  call(tag: string, command: Command): Promise<Reply> {
    return this.servers.call(tag, command)
  }

  /** Runs a script that reads only. */
  ask(tag: string, script: Script, given: Given): Promise<Reply> {
    return runScript((command) => this.servers.call(tag, command), script, given)
  }

  /** Runs a script that writes. */
  async change(tag: string, script: Script, given: Given): Promise<Reply> {
    try {
      const reply = await runScript((command) => this.servers.change(tag, command), script, given)
      // What may go on with a full memory does not show that there is room.
      if (script === WRITE || script === PROVE) this.refusing = undefined
      return reply
    } catch (error) {
      if (error instanceof ErrorAnswer && isCertain(error)) this.refusing = tag
      throw error
    }
  }

  /** Whether what is written now would be kept: after a refusal it takes more than an answer to say so. */
  async proveRoom(): Promise<void> {
    const tag = this.refusing
    if (tag !== undefined) await this.change(tag, PROVE, probeOf(tag))
  }
}

/** Keys that nothing else has. */
export function probeOf(tag: string): Given {
  return { keys: [`${tag}:probe`, `${tag}:probes`], values: [] }
}
