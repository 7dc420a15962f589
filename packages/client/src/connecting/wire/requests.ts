import type {
  BranchRequest,
  ListQuery,
  Options,
  Report,
  Resolution,
  RunRequest,
  StartRequest,
} from '@assent/contract'
import { wireNamed } from './names.ts'

/**
 * Requests as they go over the wire. A field that is undefined is left out by JSON: the content of a request is what
 * was said, and two that say the same are the same.
 */

export function startToWire({ options, ...fields }: StartRequest) {
  return { ...wireNamed(fields), ...optionsToWire(options) }
}

export function runToWire({ branches, ...start }: RunRequest) {
  return { ...startToWire(start), branches: branches.map(branchToWire) }
}

export function branchToWire({ retry, ...fields }: BranchRequest) {
  return { ...wireNamed(fields), ...(retry !== undefined && { retry: wireNamed(retry) }) }
}

function optionsToWire(options: Partial<Options> | undefined) {
  return options === undefined ? {} : { options: wireNamed(options) }
}

/** What of a report stands in the body; its outcome is the path. */
export function reportToWire({ gid, branchId, op, result, reason }: Report) {
  return wireNamed({ gid, branchId, op, result, reason })
}

/** What of a resolution stands in the body; its gid is in the path. */
export function resolutionToWire({ branchId, op, outcome, reason }: Resolution) {
  return wireNamed({ branchId, op, outcome, reason })
}

/** The query string of a list, without its question mark. */
export function listToWire({ label, ...fields }: ListQuery): string {
  const filters = { ...wireNamed(fields), label: label && `${label.key}:${label.value}` }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(filters)) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query.toString()
}
