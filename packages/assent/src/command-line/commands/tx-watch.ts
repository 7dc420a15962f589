import { setTimeout as sleep } from 'node:timers/promises'
import type { WireTransaction } from '@assent/contract/schemas'
import type { Call, Command } from '../command.ts'
import { exitOf } from '../ended.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { isJson } from '../output.ts'
import { SERVER_OPTIONS, Server, Unreachable } from '../server.ts'
import { readEvents } from '../server-sent-events.ts'
import { columns } from '../table.ts'
import { time } from '../timeline.ts'

/** How often, and how long, a server that went away is looked for. */
const RETRY_INTERVAL_MS = 1_000
const RETRIES_MAX = 30

export const txWatch: Command = {
  path: ['tx', 'watch'],
  summary: 'Shows each state of a transaction as it becomes durable, until it has ended.',
  description: [
    'Ends with 0 when the transaction committed and with 4 when it aborted. A server that goes away is looked for again for half a minute.',
  ],
  arguments: ['GID'],
  options: SERVER_OPTIONS,
  examples: [
    { line: 'assent tx watch 0198c7b2-…', says: 'a line for each change' },
    { line: 'assent tx watch 0198c7b2-… -o json', says: 'a JSON text on a line for each' },
  ],
  async run(call) {
    const watched = new Watched(call)
    for (let failures = 0; ; failures++) {
      try {
        const ended = await watched.follow(() => {
          failures = 0
        })
        if (ended !== undefined) return ended
      } catch (error) {
        if (!(error instanceof Unreachable) || !watched.hasBegun || failures >= RETRIES_MAX) throw error
      }
      await sleep(RETRY_INTERVAL_MS)
    }
  },
}

class Watched {
  readonly #call: Call
  readonly #server: Server
  readonly #path: string
  #last: { id: string; status: string } | undefined

  constructor(call: Call) {
    this.#call = call
    this.#server = new Server(call.given, call.around)
    this.#path = `/api/tx/${encodeURIComponent(call.arguments[0] ?? '')}/events`
  }

  get hasBegun(): boolean {
    return this.#last !== undefined
  }

  /** Reads one stream; undefined when it broke off before the end. */
  async follow(arrived: () => void): Promise<ExitCode | undefined> {
    const headers: Record<string, string> = this.#last === undefined ? {} : { 'last-event-id': this.#last.id }
    const response = await this.#server.stream(this.#path, headers)
    arrived()
    if (response.status === 204) return this.#ended()
    for await (const { id, event, data } of readEvents(response)) {
      if (event === 'end') return this.#ended()
      const transaction = JSON.parse(data) as WireTransaction
      this.#last = { id, status: transaction.status }
      this.#show(transaction, data)
    }
    return undefined
  }

  #ended(): ExitCode {
    return this.#last === undefined ? EXIT.ok : exitOf(this.#last.status, true)
  }

  #show(transaction: WireTransaction, data: string): void {
    const { around } = this.#call
    if (isJson(this.#call)) {
      around.out(`${data}\n`)
      return
    }
    const branches = transaction.branches.map(({ branch_id, status, op }) => [branch_id, op, status])
    const parts = branches.map((parts) => parts.filter((part) => part !== undefined).join(' '))
    around.out(
      `${columns([[time(transaction.updated_at), transaction.status.padEnd(10), parts.join('; ')]])}\n`,
    )
  }
}
