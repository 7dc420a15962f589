import type { WireTransaction } from '@assent/contract/schemas'
import type { Command } from '../command.ts'
import { exitOf } from '../ended.ts'
import { print, WAIT_OPTIONS, waitOf } from '../output.ts'
import { SERVER_OPTIONS, Server } from '../server.ts'
import { timeline } from '../timeline.ts'

export const txGet: Command = {
  path: ['tx', 'get'],
  summary: 'Shows a transaction, its branches, and every call in the order they were made.',
  arguments: ['GID'],
  options: { ...WAIT_OPTIONS, ...SERVER_OPTIONS },
  examples: [
    { line: 'assent tx get 0198c7b2-…', says: 'its timeline' },
    { line: 'assent tx get 0198c7b2-… --wait', says: 'its timeline once it has ended' },
    { line: "assent tx get 0198c7b2-… -o json | jq '.branches[].status'", says: 'for a script' },
  ],
  async run(call) {
    const [gid = ''] = call.arguments
    const wait = waitOf(call)
    const query = wait === undefined ? '' : `?wait=${wait.wait}`
    const server = new Server(call.given, call.around)
    const { body } = await server.get(`/api/tx/${encodeURIComponent(gid)}${query}`, wait?.ms)
    const transaction = body as WireTransaction
    print(call, transaction, () => timeline(transaction))
    return exitOf(transaction.status, wait !== undefined)
  },
}
