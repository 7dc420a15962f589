import type { WireStanding } from '@assent/contract/schemas'
import type { Call, Command, Option } from '../command.ts'
import { UsageError } from '../command.ts'
import { exitOf, standingLine } from '../ended.ts'
import type { ExitCode } from '../exit-codes.ts'
import { print, WAIT_OPTIONS, waitOf } from '../output.ts'
import { ACTOR_OPTION, SERVER_OPTIONS, Server } from '../server.ts'

/** Commands that ask one thing of one transaction, and show where it stands then. */

const COMMON: Readonly<Record<string, Option>> = { ...ACTOR_OPTION, ...SERVER_OPTIONS }

export const txSubmit: Command = {
  path: ['tx', 'submit'],
  summary: 'Hands an open transaction over to be driven to its end.',
  arguments: ['GID'],
  options: { ...WAIT_OPTIONS, ...COMMON },
  examples: [{ line: 'assent tx submit 0198c7b2-… --wait', says: 'and see how it ends' }],
  run: (call) => change(call, '/api/submit', { gid: gidOf(call) }, true),
}

export const txAbort: Command = {
  path: ['tx', 'abort'],
  summary: 'Decides to abort a transaction: whatever may have taken effect is undone.',
  description: ['Refused once the decision to commit is made, or while a pivot may have happened.'],
  arguments: ['GID'],
  options: {
    reason: { value: 'TEXT', description: 'why; kept with the transaction' },
    ...WAIT_OPTIONS,
    ...COMMON,
  },
  examples: [
    {
      line: "assent tx abort 0198c7b2-… --reason 'customer called' --wait",
      says: 'undo it, and wait until it is undone',
    },
  ],
  // An abort that was asked for is what was wanted, so that it is no failure.
  run: (call) => change(call, '/api/abort', { gid: gidOf(call), reason: call.given.text('reason') }, false),
}

export const txRetry: Command = {
  path: ['tx', 'retry'],
  summary: 'Makes due at once what a transaction waits for, past a circuit breaker too.',
  arguments: ['GID'],
  options: { branch: { value: 'BRANCH_ID', description: 'only this branch' }, ...COMMON },
  examples: [
    { line: 'assent tx retry 0198c7b2-… --branch 02', says: 'the service behind branch 02 is back' },
  ],
  run: (call) => change(call, `${pathOf(call)}/retry`, { branch_id: call.given.text('branch') }, false),
}

export const txResolve: Command = {
  path: ['tx', 'resolve'],
  summary: 'Says how the open call of a branch ended, after looking at the participant.',
  description: ['The reason and who said it are kept in the history for good.'],
  arguments: ['GID'],
  options: {
    branch: { value: 'BRANCH_ID', description: 'the branch; leave it out for the query of a message' },
    op: { value: 'OP', description: 'the open operation, as tx get shows it' },
    outcome: { value: 'done|refused', description: 'refused only in phase one' },
    reason: { value: 'TEXT', description: 'how you know' },
    ...COMMON,
  },
  examples: [
    {
      line: "assent tx resolve 0198c7b2-… --branch 02 --op compensate --outcome done --reason 'refunded by hand, ticket 812'",
      says: 'an undo that was done by hand',
    },
  ],
  run: (call) =>
    change(
      call,
      `${pathOf(call)}/resolve`,
      {
        branch_id: call.given.text('branch'),
        op: needed(call, 'op'),
        outcome: needed(call, 'outcome'),
        reason: needed(call, 'reason'),
      },
      false,
    ),
}

async function change(call: Call, path: string, body: object, commitWanted: boolean): Promise<ExitCode> {
  const wait = waitOf(call)
  const request = wait === undefined ? body : { ...body, wait: wait.wait }
  const answer = await new Server(call.given, call.around).post(path, request, wait?.ms)
  const standing = answer.body as WireStanding
  print(call, standing, () => standingLine(standing))
  return exitOf(standing.status, commitWanted && wait !== undefined)
}

const gidOf = ({ arguments: [gid = ''] }: Call): string => gid
const pathOf = (call: Call): string => `/api/tx/${encodeURIComponent(gidOf(call))}`

function needed({ given }: Call, name: string): string {
  const value = given.text(name)
  if (value === undefined) throw new UsageError(`tx resolve needs --${name}`)
  return value
}
