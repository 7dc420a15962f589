import { appendFileSync } from 'node:fs'
import type { TestServer } from './server.ts'

/** Names the file in which each process notes the servers that it uses, a line of JSON each. */
export const NOTES_VARIABLE = 'ASSENT_TEST_SERVERS_NOTES'

export interface ServerNote {
  product: string
  version: string
  origin: string
}

/** For the closing lines of a test run. */
export function note({ product, version, origin }: TestServer): void {
  const file = process.env[NOTES_VARIABLE]
  if (file) appendFileSync(file, `${JSON.stringify({ product, version, origin } satisfies ServerNote)}\n`)
}
