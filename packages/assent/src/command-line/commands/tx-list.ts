import type { WireTransaction } from '@assent/contract/schemas'
import type { Command } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { print } from '../output.ts'
import { SERVER_OPTIONS, Server } from '../server.ts'
import { columns, plain } from '../table.ts'
import { duration } from '../timeline.ts'

/** Options that are query parameters of the same name, dashes for underscores. */
const FILTERS = {
  status: { value: 'STATUS', description: 'PREPARED, SUBMITTED, COMMITTING, COMMITTED, ABORTING or ABORTED' },
  mode: { value: 'MODE', description: 'saga, tcc, xa or message' },
  name: { value: 'NAME', description: 'the kind of transaction' },
  label: { value: 'KEY:VALUE', description: 'one label' },
  'gid-prefix': { value: 'TEXT', description: 'how the gid begins' },
  'created-after': { value: 'MS', description: 'epoch milliseconds, inclusive' },
  'created-before': { value: 'MS', description: 'epoch milliseconds, exclusive' },
  limit: { value: 'N', description: 'how many at most; 10, and no more than 1000' },
  offset: { value: 'N', description: 'how many to leave out' },
  cursor: { value: 'CURSOR', description: 'go on where the page before ended' },
} as const

export const txList: Command = {
  path: ['tx', 'list'],
  summary: 'Lists transactions, newest first.',
  arguments: [],
  options: {
    attention: { description: 'only those that need somebody to look' },
    ...FILTERS,
    ...SERVER_OPTIONS,
  },
  examples: [
    { line: 'assent tx list', says: 'the last ten' },
    { line: 'assent tx list --attention', says: 'what needs somebody to look' },
    {
      line: 'assent tx list --status ABORTED --name transfer --limit 100',
      says: 'transfers that were undone',
    },
    { line: "assent tx list -o json | jq -r '.[].gid'", says: 'gids, for a script' },
  ],
  async run(call) {
    const { given, around } = call
    const query = new URLSearchParams()
    for (const name of Object.keys(FILTERS)) {
      const value = given.text(name)
      if (value !== undefined) query.set(name.replaceAll('-', '_'), value)
    }
    if (given.isOn('attention')) query.set('attention', 'true')
    const { body, headers } = await new Server(given, around).get(`/api/tx?${query}`)
    print(call, body, () => table(body as WireTransaction[]))
    const next = headers.get('x-next-cursor')
    if (next !== null) around.err(`more: --cursor ${next}\n`)
    return EXIT.ok
  },
}

function table(transactions: readonly WireTransaction[]): string {
  if (transactions.length === 0) return 'no transactions'
  const rows = transactions.map(({ gid, status, mode, name, created_at, branches, attention }) => [
    gid,
    status,
    mode,
    plain(name ?? '-'),
    `${duration(Date.now() - created_at)} ago`,
    `${branches.length}`,
    attention === undefined ? '' : plain(attention.reason),
  ])
  return columns([['GID', 'STATUS', 'MODE', 'NAME', 'CREATED', 'BRANCHES', 'ATTENTION'], ...rows])
}
