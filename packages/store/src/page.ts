import { invalidRequest, LIST_LIMIT_DEFAULT, LIST_LIMIT_MAX, type ListQuery } from '@assent/contract'

/** A row's place in a listing. The row need not exist any more. */
export interface Position {
  createdAt: number
  gid: string
}

/** Which part of a listing is asked for. */
export interface Page {
  limit: number
  /** Rows to skip; 0 behind a cursor. */
  offset: number
  /** The last row of the page before. */
  after: Position | undefined
}

/** Throws INVALID_REQUEST for a limit, offset or cursor that can't be. */
export function pageOf(query: ListQuery): Page {
  const { limit = LIST_LIMIT_DEFAULT, offset = 0, cursor } = query
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIST_LIMIT_MAX) {
    throw invalidRequest([{ path: 'limit', problem: `must be a whole number from 1 to ${LIST_LIMIT_MAX}` }])
  }
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw invalidRequest([{ path: 'offset', problem: 'must be a whole number, 0 or more' }])
  }
  if (cursor === undefined) return { limit, offset, after: undefined }
  if (offset > 0) throw invalidRequest([{ path: 'offset', problem: 'can not be combined with cursor' }])
  const after = positionOf(cursor)
  if (after === undefined) {
    throw invalidRequest([{ path: 'cursor', problem: 'is none that a listing gave; begin again without it' }])
  }
  return { limit, offset, after }
}

/** The cursor that goes on behind a row: opaque to callers, the same for every backend. */
export function cursorBehind({ createdAt, gid }: Position): string {
  return Buffer.from(JSON.stringify([createdAt, gid])).toString('base64url')
}

function positionOf(cursor: string): Position | undefined {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
  if (!Array.isArray(parts) || parts.length !== 2) return undefined
  const [createdAt, gid]: unknown[] = parts
  if (!Number.isSafeInteger(createdAt) || typeof gid !== 'string') return undefined
  const position = { createdAt: createdAt as number, gid }
  // Decoding forgives much; what it does not give back unchanged was not ours.
  return cursorBehind(position) === cursor ? position : undefined
}
