import { randomBytes } from 'node:crypto'
import type { Store } from '../processes/store-place.ts'
import type { Row } from './samples.ts'

export type Write = Parameters<Store['write']>[0][number]

/** What a copy has of its own. */
export interface Own {
  createdAt: number
  name: string
  labels: Readonly<Record<string, string>>
}

/** Makes copies of a transaction that differ in gid, age, name and labels, in the row and in its state. */
export function copier(row: Row): (own: Own) => Write {
  const state = JSON.parse(row.state) as { transaction: Record<string, unknown> }
  return ({ createdAt, name, labels }) => {
    const gid = uuidv7(createdAt)
    const later = createdAt - row.createdAt
    const updatedAt = row.updatedAt + later
    const transaction = { ...state.transaction, gid, name, labels, createdAt, updatedAt }
    const { version: _version, ...columns } = row
    return {
      ...columns,
      gid,
      name,
      labels,
      createdAt,
      updatedAt,
      endedAt: row.endedAt === null ? null : row.endedAt + later,
      expect: 0,
      writeId: 'seed',
      state: JSON.stringify({ ...state, transaction }),
    }
  }
}

/** An id that begins with its time, as Assent's own do. */
function uuidv7(at: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(at, 0, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
