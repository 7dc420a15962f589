import type { TransactionWrite } from '@assent/engine'

/** Long ago, so that what is due then is due. */
export const LONG_AGO = 1_700_000_000_000

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

/** As many rows as asked for, named after their number. */
export function manyWrites(count: number, given: Partial<TransactionWrite> = {}): TransactionWrite[] {
  return Array.from({ length: count }, (_, index) => writeOf({ gid: `row-${index}`, ...given }))
}
