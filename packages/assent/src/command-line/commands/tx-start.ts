import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { WireStanding } from '@assent/contract/schemas'
import { type Call, type Command, UsageError } from '../command.ts'
import { exitOf, standingLine } from '../ended.ts'
import { print, WAIT_OPTIONS, waitOf } from '../output.ts'
import { ACTOR_OPTION, AnswerLost, SERVER_OPTIONS, Server } from '../server.ts'

export const txStart: Command = {
  path: ['tx', 'start'],
  summary: 'Starts a transaction.',
  description: [
    'With a FILE (- is standard input) everything is done at once: the file holds what POST /api/tx takes, branches included, and the transaction is driven to its end. Without one an empty transaction is opened, to which an application adds branches before somebody submits it.',
    'Options replace what the file says. A repeat with the same gid and the same content is the same transaction, so that a command whose answer got lost may be run again: it says with which --gid.',
  ],
  arguments: ['[FILE]'],
  options: {
    gid: { value: 'GID', description: 'its id; a new one when absent' },
    mode: { value: 'MODE', description: 'saga, tcc, xa or message' },
    name: { value: 'NAME', description: 'the kind of transaction' },
    label: { value: 'KEY=VALUE', multiple: true, description: 'a label; may be given several times' },
    payload: { value: 'JSON', description: 'for branches that have none of their own' },
    ...WAIT_OPTIONS,
    ...ACTOR_OPTION,
    ...SERVER_OPTIONS,
  },
  examples: [
    { line: 'assent tx start transfer.json --wait', says: 'a whole transaction, and how it ended' },
    {
      line: `echo '{"branches":[{"action":"http://127.0.0.1:8080/book"}]}' | assent tx start - --wait`,
      says: 'the same from standard input',
    },
    { line: 'assent tx start --mode tcc --name booking --label customer=17', says: 'an open one' },
  ],
  async run(call) {
    const { given, around } = call
    const [file] = call.arguments
    const wait = waitOf(call)
    if (file === undefined && wait !== undefined) {
      throw new UsageError('--wait needs a FILE: an open transaction does not end by itself')
    }
    // Named here, so that a command whose answer got lost can be run again and does nothing twice.
    const request = {
      gid: randomUUID(),
      ...(file === undefined ? {} : await read(file, call)),
      ...stated(call),
    }
    const body = wait === undefined ? request : { ...request, wait: wait.wait }
    const server = new Server(given, around)
    const path = file === undefined ? '/api/start' : '/api/tx'
    const answer = await server.post(path, body, wait?.ms).catch((error: unknown) => {
      if (!(error instanceof AnswerLost)) throw error
      const advice = `it may have been accepted or not; run it again with --gid ${request.gid}, which is harmless`
      throw new AnswerLost(`${error.message}: ${advice}`, { cause: error })
    })
    const standing = answer.body as WireStanding
    print(call, standing, () => standingLine(standing))
    return exitOf(standing.status, wait !== undefined)
  },
}

async function read(file: string, { around }: Call): Promise<object> {
  let text: string
  try {
    text = file === '-' ? await around.input() : await readFile(resolve(around.folder, file), 'utf8')
  } catch (error) {
    throw new UsageError(`${file} can not be read: ${(error as Error).message}`, { cause: error })
  }
  const value = json(text, file === '-' ? 'standard input' : file)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new UsageError(`${file} must hold a JSON object such as {"branches": […]}`)
}

function stated({ given }: Call): Record<string, unknown> {
  const body: Record<string, unknown> = {}
  for (const name of ['gid', 'mode', 'name'])
    if (given.text(name) !== undefined) body[name] = given.text(name)
  const labels = given.texts('label').map(pair)
  if (labels.length > 0) body.labels = Object.fromEntries(labels)
  const payload = given.text('payload')
  if (payload !== undefined) body.payload = json(payload, '--payload')
  return body
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--label is KEY=VALUE, not ${JSON.stringify(text)}`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function json(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${source} is no JSON: ${(error as Error).message}`, { cause: error })
  }
}
