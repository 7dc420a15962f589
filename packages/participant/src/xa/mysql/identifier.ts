import { createHash } from 'node:crypto'
import { ID_MAX_LENGTH, ID_PATTERN } from '@assent/contract'
import type { AttemptId } from '../dialect.ts'
import { isToken, TOKEN_LENGTH } from '../token.ts'

/** `ASST`: whose way of naming it is. Only a label: MariaDB tells names by their other two parts. */
const FORMAT = 0x41535354
const TAG_LENGTH = 10
const DIVIDER = '.'
/** What is left of the 64 bytes that the second part of a name has. */
export const BRANCH_ID_MAX_LENGTH = ID_MAX_LENGTH - TAG_LENGTH - TOKEN_LENGTH - 2 * DIVIDER.length

/**
 * Tells this service's prepared transactions from all others on the server, which knows them by name across
 * all of its databases, so that the database's own name is in it.
 */
export function tagOf(service: string, database: string): string {
  return createHash('sha256').update(`${service}\n${database}`).digest('hex').slice(0, TAG_LENGTH)
}

/** What a prepared transaction is called, as statements spell it: the gid; tag, token and branch; the format. */
export function identifierOf(tag: string, { gid, branchId, token }: AttemptId): string {
  for (const id of [gid, branchId]) {
    if (!ID_PATTERN.test(id)) throw new TypeError(`${JSON.stringify(id)} is no gid and no branch_id`)
  }
  if (!isToken(token)) throw new TypeError(`${JSON.stringify(token)} is no token of an attempt`)
  if (branchId.length > BRANCH_ID_MAX_LENGTH) {
    throw new TypeError(
      `${branchId} has more than the ${BRANCH_ID_MAX_LENGTH} characters that there is room for`,
    )
  }
  // With nothing in it that would have to be quoted it is the same under every setting.
  return `'${gid}','${tag}${DIVIDER}${token}${DIVIDER}${branchId}',${FORMAT}`
}

/** As XA RECOVER lists it. Undefined for what no attempt of this service is called. */
export function attemptOf(tag: string, row: Readonly<Record<string, unknown>>): AttemptId | undefined {
  if (Number(row.formatID) !== FORMAT) return undefined
  const gidLength = Number(row.gtrid_length)
  const data = String(row.data)
  const [gid, rest] = [data.slice(0, gidLength), data.slice(gidLength)]
  if (rest.length !== Number(row.bqual_length)) return undefined
  const [service, token = '', branchId = '', ...more] = rest.split(DIVIDER)
  const isNamed = ID_PATTERN.test(gid) && ID_PATTERN.test(branchId) && isToken(token)
  return isNamed && service === tag && more.length === 0 ? { gid, branchId, token } : undefined
}
