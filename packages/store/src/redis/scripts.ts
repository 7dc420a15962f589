import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ErrorAnswer } from './failures.ts'
import type { Command, Reply } from './session.ts'

/**
 * A Lua program that a server runs as one step. It is named by the digest of its text, so that two versions of this
 * program on one server never run each other's, and nothing is left behind for a third to clear away.
 */
export interface Script {
  text: string
  digest: string
}

/** What a script is given. All its keys have the same hash tag. */
export interface Given {
  keys: readonly string[]
  values: readonly string[]
}

export async function runScript(
  send: (command: Command) => Promise<Reply>,
  { text, digest }: Script,
  { keys, values }: Given,
): Promise<Reply> {
  const rest = [String(keys.length), ...keys, ...values]
  try {
    return await send(['EVALSHA', digest, ...rest])
  } catch (error) {
    // A server that was started again, or told to forget its scripts, has done nothing yet.
    if (!(error instanceof ErrorAnswer && error.reply.startsWith('NOSCRIPT'))) throw error
    return send(['EVAL', text, ...rest])
  }
}

/** `parts` are the files that go before it. */
function script(name: string, ...parts: readonly string[]): Script {
  const [flags, ...own] = textOf(name).split('\n')
  return scriptOf([flags, ...parts.map(textOf), ...own].join('\n'))
}

function textOf(name: string): string {
  return readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8')
}

function scriptOf(text: string): Script {
  return { text, digest: createHash('sha1').update(text).digest('hex') }
}

/** The same, for what may go on although the server's memory is full. */
function goingOn({ text }: Script): Script {
  return scriptOf(text.replace(/^#!lua$/m, '#!lua flags=allow-oom'))
}

export const WRITE = script('write', 'row', 'places')
export const WRITE_ON = goingOn(WRITE)
export const CLAIM = script('claim', 'row', 'places', 'claimable')
export const FIND_CLAIMABLE = script('find-claimable', 'row', 'claimable')
export const BURY = script('bury', 'row', 'places', 'ended')
export const FORGET = script('forget', 'row', 'places', 'ended')
export const OWNERS = script('owners')
export const HEADS = script('heads', 'row')
export const ROWS = script('rows', 'row')
export const WALK = script('walk', 'row')
export const REGISTER = script('register', 'alive')
export const HEARTBEAT = script('heartbeat', 'alive')
export const RETIRE = script('retire', 'alive')
export const LEASES = script('leases', 'alive')
export const PROVE = script('prove')
export const PROVE_ON = goingOn(PROVE)
export const FOUND = script('found')
