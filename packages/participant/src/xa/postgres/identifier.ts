import { ID_PATTERN } from '@assent/contract'
import type { BranchId } from '../dialect.ts'

/**
 * What a prepared transaction is called: `assent:{service}:{gid}:{branch_id}`, at most 169 of PostgreSQL's 199
 * bytes. A gid or branch with anything in it that would have to be quoted is no gid or branch.
 */
export function identifierOf(service: string, { gid, branchId }: BranchId): string {
  for (const id of [gid, branchId]) {
    if (!ID_PATTERN.test(id)) throw new TypeError(`${JSON.stringify(id)} is no gid and no branch_id`)
  }
  return `${prefixOf(service)}${gid}:${branchId}`
}

/** What the identifiers of one service begin with, and those of no other. */
export function prefixOf(service: string): string {
  return `assent:${service}:`
}

/** Undefined for what no branch of this service is called. */
export function branchOf(service: string, identifier: string): BranchId | undefined {
  const prefix = prefixOf(service)
  if (!identifier.startsWith(prefix)) return undefined
  const [gid = '', branchId = '', ...more] = identifier.slice(prefix.length).split(':')
  const isOurs = more.length === 0 && ID_PATTERN.test(gid) && ID_PATTERN.test(branchId)
  return isOurs ? { gid, branchId } : undefined
}
