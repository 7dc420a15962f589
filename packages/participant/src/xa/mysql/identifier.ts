import { createHash } from 'node:crypto'
import { ID_PATTERN } from '@assent/contract'
import type { BranchId } from '../dialect.ts'

/** A format is a positive 32-bit integer. */
const FORMAT_MAX = 0x7fffffff

/**
 * Tells this service's prepared transactions from others' on the same server, which lists those of all
 * databases: a number made of the service and its database. Gid and branch take all the room that names have.
 */
export function formatOf(service: string, database: string): number {
  const hash = createHash('sha256').update(`assent\n${service}\n${database}`).digest()
  return hash.readUInt32BE() & FORMAT_MAX
}

/** What a prepared transaction is called, as statements spell it: the gid, the branch, the format. */
export function identifierOf(format: number, { gid, branchId }: BranchId): string {
  return `${quoted(gid)},${quoted(branchId)},${format}`
}

/** As XA RECOVER lists it. Undefined for what no branch of this format is called. */
export function branchOf(format: number, row: Readonly<Record<string, unknown>>): BranchId | undefined {
  if (Number(row.formatID) !== format) return undefined
  const [gidLength, branchLength] = [Number(row.gtrid_length), Number(row.bqual_length)]
  const data = String(row.data)
  if (data.length !== gidLength + branchLength) return undefined
  const branch = { gid: data.slice(0, gidLength), branchId: data.slice(gidLength) }
  return ID_PATTERN.test(branch.gid) && ID_PATTERN.test(branch.branchId) ? branch : undefined
}

/** With nothing in it that would have to be quoted it is the same under every setting. */
function quoted(id: string): string {
  if (!ID_PATTERN.test(id)) throw new TypeError(`${JSON.stringify(id)} is no gid and no branch_id`)
  return `'${id}'`
}
