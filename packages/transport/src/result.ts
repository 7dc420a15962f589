import { JSON_DEPTH_MAX, type Json, RESULT_MAX_BYTES } from '@assent/contract'
import type { Answered } from './answers.ts'

/** JSON is at most this many times as long as what it was read from: one control character becomes `\u0000`. */
const JSON_GROWTH = 6

/**
 * What is kept of a result: all of it, or nothing if it is too long or nests too deep to be written down.
 * `sentBytes` is the length of the text that it was read from.
 */
export function keptResult(result: Json, sentBytes: number): Pick<Answered, 'result' | 'resultOmitted'> {
  if (nestsTooDeep(result, sentBytes)) return { resultOmitted: true }
  if (sentBytes * JSON_GROWTH > RESULT_MAX_BYTES && jsonBytes(result) > RESULT_MAX_BYTES) {
    return { resultOmitted: true }
  }
  return { result }
}

export function jsonBytes(value: Json | object): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** Whether a value nests deeper than it may. Nothing can, that was read from fewer than two bytes for each level. */
export function nestsTooDeep(value: Json | undefined, sentBytes = Number.POSITIVE_INFINITY): boolean {
  return sentBytes > 2 * JSON_DEPTH_MAX && isDeeperThan(JSON_DEPTH_MAX, value)
}

function isDeeperThan(levels: number, value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((inner) => isDeeperThan(levels - 1, inner))
}
