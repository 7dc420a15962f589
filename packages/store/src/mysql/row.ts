import type { Mode, Status } from '@assent/contract'
import type { Tombstone, TransactionRow } from '@assent/engine'
import { unescapedText } from '../escaped-text.ts'
import { labelsKept } from '../labels.ts'

/** Of `assent_transactions AS t`. */
export const ROW_COLUMNS = `t.gid, t.version, t.owner, t.write_id AS writeId, t.status, t.mode, t.name, t.application,
  t.labels, t.created_at AS createdAt, t.updated_at AS updatedAt, t.due_at AS dueAt, t.ended_at AS endedAt,
  t.attention, t.content, t.state`

export const TOMBSTONE_COLUMNS = 'gid, content, status, ended_at AS endedAt'

/** Bytes of state after which an answer of many rows ends early, so that it fits into memory many times over. */
export const ANSWER_BYTES_MAX = 16 * 1024 * 1024

/** A row as ROW_COLUMNS gives it. */
export interface KeptRow {
  gid: string
  version: number
  owner: string | null
  writeId: string
  status: Status
  mode: Mode
  name: string
  application: string
  labels: string | null
  createdAt: number
  updatedAt: number
  dueAt: number | null
  endedAt: number | null
  attention: number
  content: string
  state: string
}

/** A row as TOMBSTONE_COLUMNS gives it. */
export interface KeptTombstone {
  gid: string
  content: string
  status: Status
  endedAt: number
}

export function rowOf(kept: KeptRow): TransactionRow {
  return {
    gid: unescapedText(kept.gid),
    version: kept.version,
    owner: kept.owner === null ? null : unescapedText(kept.owner),
    writeId: unescapedText(kept.writeId),
    status: kept.status,
    mode: kept.mode,
    name: unescapedText(kept.name),
    application: unescapedText(kept.application),
    labels: labelsKept(kept.labels),
    createdAt: kept.createdAt,
    updatedAt: kept.updatedAt,
    dueAt: kept.dueAt,
    endedAt: kept.endedAt,
    attention: kept.attention === 1,
    content: unescapedText(kept.content),
    state: unescapedText(kept.state),
  }
}

export function tombstoneOf(kept: KeptTombstone): Tombstone {
  return {
    gid: unescapedText(kept.gid),
    content: unescapedText(kept.content),
    status: kept.status,
    endedAt: kept.endedAt,
  }
}

/** As many of the rows as fit into one answer, and one at least. */
export function fitting<Row extends { stateBytes: number }>(rows: readonly Row[]): Row[] {
  let bytes = 0
  const end = rows.findIndex(({ stateBytes }) => {
    const isFull = bytes >= ANSWER_BYTES_MAX
    bytes += stateBytes
    return isFull
  })
  return end === -1 ? [...rows] : rows.slice(0, end)
}
