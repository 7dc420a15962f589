import { deepEqual } from 'node:assert/strict'
import type { ListQuery } from '@assent/contract'
import type { Store, TransactionRow, TransactionWrite } from '@assent/engine'

/** Long ago, so that what is due then is due. */
export const LONG_AGO = 1_700_000_000_000
/** Later than any test runs. */
export const FAR_OFF = 7_000_000_000_000

export const STORED = { outcome: 'stored' } as const

/** A new transaction that is submitted, due and nobody's, but for what is given. */
export function writeOf(given: Partial<TransactionWrite> = {}): TransactionWrite {
  return {
    gid: 'order-17',
    expect: 0,
    owner: null,
    writeId: 'write-1',
    status: 'SUBMITTED',
    mode: 'saga',
    name: 'transfer',
    application: '',
    labels: {},
    createdAt: LONG_AGO,
    updatedAt: LONG_AGO,
    dueAt: LONG_AGO,
    endedAt: null,
    attention: false,
    content: 'content',
    state: '{"form":1}',
    ...given,
  }
}

/** One that has ended, but for what is given. */
export function endedWriteOf(given: Partial<TransactionWrite> = {}): TransactionWrite {
  return writeOf({ status: 'COMMITTED', dueAt: null, endedAt: LONG_AGO, ...given })
}

/** The row that a write leaves. */
export function rowOf({ expect, ...columns }: TransactionWrite): TransactionRow {
  return { ...columns, version: expect + 1 }
}

/** Writes, and asserts that all of it was stored. */
export async function put(store: Store, ...writes: TransactionWrite[]): Promise<void> {
  const answers = await store.write(writes)
  deepEqual(
    answers,
    writes.map(() => STORED),
  )
}

export async function gidsOf(store: Store, query: ListQuery): Promise<string[]> {
  const { rows } = await store.list({ limit: 1_000, ...query })
  return rows.map(({ gid }) => gid)
}

/** One row, or undefined. */
export async function readOne(store: Store, gid: string): Promise<TransactionRow | undefined> {
  return (await store.read([gid]))[0]
}
