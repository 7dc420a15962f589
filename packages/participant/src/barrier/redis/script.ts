import { createHash } from 'node:crypto'

/** A Lua program that a server runs as one step, known by the digest of its text. */
export interface Script {
  text: string
  digest: string
}

export function scriptOf(text: string): Script {
  return { text, digest: createHash('sha1').update(text).digest('hex') }
}
