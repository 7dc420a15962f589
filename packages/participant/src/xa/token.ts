import { randomBytes } from 'node:crypto'

const TOKEN_BYTES = 6
/** Characters of a token: names of prepared transactions have little room. */
export const TOKEN_LENGTH = 8
const TOKEN = /^[A-Za-z0-9_-]{8}$/

/** Only the few attempts at one branch must not have the same. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

export function isToken(token: string): boolean {
  return TOKEN.test(token)
}
