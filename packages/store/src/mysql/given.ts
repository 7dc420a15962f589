import type { TransactionWrite } from '@assent/engine'
import { escapedText } from '../escaped-text.ts'
import { labelsToKeep } from '../labels.ts'
import type { Value } from './session.ts'

/** The columns of a write, in the order of its values. */
export const COLUMNS = [
  'created_at',
  'gid',
  'version',
  'owner',
  'write_id',
  'status',
  'mode',
  'name',
  'application',
  'labels',
  'updated_at',
  'due_at',
  'ended_at',
  'attention',
  'content',
  'state_bytes',
  'state',
] as const

/** Characters that a column holds. Each is longer than any door lets through, escaped or not. */
const CHARACTERS_MAX: Partial<Record<(typeof COLUMNS)[number], number>> = {
  gid: 100,
  owner: 255,
  write_id: 255,
  status: 16,
  mode: 16,
  name: 640,
  application: 255,
  content: 255,
}
const LABELS_MAX_BYTES = 65_535
const STATE_MAX_BYTES = 16 * 1024 * 1024 - 1
/** What a statement takes in a packet besides its values. */
const PACKET_MARGIN_BYTES = 1_024
/** Of one UTF-16 code unit, as UTF-8 at most. */
const UNIT_BYTES_MAX = 3
/** Of a value's length, or of a number. */
const VALUE_BYTES_MAX = 9

/** A write as the statements take it. */
export interface Given {
  write: TransactionWrite
  /** Where it stands in its batch. */
  place: number
  /** As kept. */
  gid: string
  values: Value[]
  /** What it takes in a packet. */
  bytes: number
}

/**
 * Times that may be missing are text: the driver would send numbers and none as different types, and a statement for
 * each run of rows of the same.
 */
export function givenOf(write: TransactionWrite, place: number): Given {
  const gid = escapedText(write.gid)
  const state = escapedText(write.state)
  const labels = labelsToKeep(write.labels)
  const stateBytes = Buffer.byteLength(state)
  const values = [
    write.createdAt,
    gid,
    write.expect + 1,
    write.owner === null ? null : escapedText(write.owner),
    escapedText(write.writeId),
    escapedText(write.status),
    escapedText(write.mode),
    escapedText(write.name),
    escapedText(write.application),
    labels,
    write.updatedAt,
    write.dueAt === null ? null : String(write.dueAt),
    write.endedAt === null ? null : String(write.endedAt),
    write.attention ? 1 : 0,
    escapedText(write.content),
    stateBytes,
    state,
  ]
  return { write, place, gid, values, bytes: stateBytes + bytesBeside(state, values) }
}

/** What the values take besides the state, at most. */
function bytesBeside(state: string, values: readonly Value[]): number {
  let units = -state.length
  for (const value of values) if (typeof value === 'string') units += value.length
  return units * UNIT_BYTES_MAX + values.length * VALUE_BYTES_MAX
}

/** Why the columns or a packet can't hold it, in words; undefined when they can. */
export function whyTooLarge({ values, bytes }: Given, packetBytes: number): string | undefined {
  for (const [index, column] of COLUMNS.entries()) {
    const max = CHARACTERS_MAX[column]
    if (max !== undefined && isLonger(values[index], max)) return `${column} is longer than ${max} characters`
  }
  const labels = values[COLUMNS.indexOf('labels')]
  if (typeof labels === 'string' && Buffer.byteLength(labels) > LABELS_MAX_BYTES) {
    return `the labels take more than ${LABELS_MAX_BYTES} bytes`
  }
  const max = Math.min(STATE_MAX_BYTES, packetBytes - PACKET_MARGIN_BYTES)
  if (bytes <= max) return undefined
  return `it takes ${bytes} bytes, and ${max} are the most that the server takes (max_allowed_packet)`
}

function isLonger(text: Value | undefined, max: number): boolean {
  return typeof text === 'string' && text.length > max && [...text].length > max
}
