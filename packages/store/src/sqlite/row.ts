import type { Mode, Status } from '@assent/contract'
import type { Tombstone, TransactionRow } from '@assent/engine'
import { type Text, textKept } from './text.ts'

export const ROW_COLUMNS = `gid, version, owner, write_id AS writeId, status, mode, name, application, labels,
  created_at AS createdAt, updated_at AS updatedAt, due_at AS dueAt, ended_at AS endedAt, attention, content, state`

export const TOMBSTONE_COLUMNS = 'gid, content, status, ended_at AS endedAt'

/** Characters of state after which an answer of many rows ends early, so that it fits into memory many times over. */
export const ANSWER_CHARACTERS_MAX = 16 * 1024 * 1024

/** A row as ROW_COLUMNS gives it. */
interface KeptRow {
  gid: Text
  version: number
  owner: Text | null
  writeId: Text
  status: Status
  mode: Mode
  name: Text
  application: Text
  labels: string | null
  createdAt: number
  updatedAt: number
  dueAt: number | null
  endedAt: number | null
  attention: number
  content: Text
  state: Text
}

export function rowOf(found: unknown): TransactionRow {
  const kept = found as KeptRow
  return {
    gid: textKept(kept.gid),
    version: kept.version,
    owner: kept.owner === null ? null : textKept(kept.owner),
    writeId: textKept(kept.writeId),
    status: kept.status,
    mode: kept.mode,
    name: textKept(kept.name),
    application: textKept(kept.application),
    labels: labelsOf(kept.labels),
    createdAt: kept.createdAt,
    updatedAt: kept.updatedAt,
    dueAt: kept.dueAt,
    endedAt: kept.endedAt,
    attention: kept.attention === 1,
    content: textKept(kept.content),
    state: textKept(kept.state),
  }
}

/** From the column: a JSON object, or NULL for none. */
export function labelsOf(column: string | null): Readonly<Record<string, string>> {
  return column === null ? {} : JSON.parse(column)
}

export function tombstoneOf(found: unknown): Tombstone {
  const kept = found as { gid: Text; content: Text; status: Status; endedAt: number }
  return {
    gid: textKept(kept.gid),
    content: textKept(kept.content),
    status: kept.status,
    endedAt: kept.endedAt,
  }
}
