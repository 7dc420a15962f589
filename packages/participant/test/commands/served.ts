import { type MemoryBroker, memoryBroker } from '@assent/testkit/broker'
import { vi } from 'vitest'
import type { Commands } from '../../src/commands/answer-command.ts'
import {
  type CommandService,
  type CommandServiceOptions,
  serveCommands,
} from '../../src/commands/serve-commands.ts'
import { Caller, COMMANDS } from './caller.ts'
import { type OpenInbox, SQLITE } from './inboxes.ts'

/** A service behind a broker in memory, with its inbox, and whoever calls it. */
export class Served {
  readonly inbox: OpenInbox
  readonly broker: MemoryBroker = memoryBroker()
  readonly caller = new Caller(this.broker)
  readonly #services: CommandService[] = []

  /** On a database of its own. */
  static async open(): Promise<Served> {
    return new Served(await SQLITE.open())
  }

  constructor(inbox: OpenInbox) {
    this.inbox = inbox
  }

  /** Serves as one more process of the service. */
  async serve(commands: Commands<unknown>, options: Partial<CommandServiceOptions<unknown>> = {}) {
    const { broker, inbox } = this
    const told = { onError: vi.fn(), onDeadLetter: vi.fn() }
    const usual = { broker, topic: COMMANDS, group: 'payment-service', barrier: inbox.barrier }
    const service = await serveCommands({ ...usual, ...told, commands, ...options })
    this.#services.push(service)
    return { service, ...told }
  }

  /** Leaves a line of which operation it was. */
  readonly leaving: Commands<unknown>[string] = ({ call, database }) => this.inbox.leave(database, call.op)

  /** Ends every process of the service. */
  async stop(): Promise<void> {
    for (const service of this.#services.splice(0)) await service.close()
  }

  async close(): Promise<void> {
    await this.stop()
    await this.inbox.close()
  }
}
