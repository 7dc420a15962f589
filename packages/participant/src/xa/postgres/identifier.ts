import { ID_PATTERN } from '@assent/contract'
import type { AttemptId } from '../dialect.ts'
import { isToken } from '../token.ts'

/**
 * What a prepared transaction is called: `assent:{service}:{gid}:{branch_id}:{token}`, at most 178 of
 * PostgreSQL's 199 bytes. A gid or branch with anything in it that would have to be quoted is no gid or branch.
 */
export function identifierOf(service: string, { gid, branchId, token }: AttemptId): string {
  for (const id of [gid, branchId]) {
    if (!ID_PATTERN.test(id)) throw new TypeError(`${JSON.stringify(id)} is no gid and no branch_id`)
  }
  if (!isToken(token)) throw new TypeError(`${JSON.stringify(token)} is no token of an attempt`)
  return `${prefixOf(service)}${gid}:${branchId}:${token}`
}

/** What the identifiers of one service begin with, and those of no other. */
export function prefixOf(service: string): string {
  return `assent:${service}:`
}

/** Undefined for what no attempt of this service is called. */
export function attemptOf(service: string, identifier: string): AttemptId | undefined {
  const prefix = prefixOf(service)
  if (!identifier.startsWith(prefix)) return undefined
  const [gid = '', branchId = '', token = '', ...more] = identifier.slice(prefix.length).split(':')
  const isNamed = ID_PATTERN.test(gid) && ID_PATTERN.test(branchId) && isToken(token)
  return isNamed && more.length === 0 ? { gid, branchId, token } : undefined
}
