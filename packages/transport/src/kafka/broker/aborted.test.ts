import { describe, expect, it } from 'vitest'
import { Aborted } from './aborted.ts'

type Batch = Parameters<Aborted['has']>[0]

const TRANSACTIONAL = 0x10
const CONTROL = 0x20

function batch(firstOffset: number, producer: number, given: Partial<Batch> = {}): Batch {
  return {
    firstOffset: BigInt(firstOffset),
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: TRANSACTIONAL,
    lastOffsetDelta: 0,
    firstTimestamp: 0n,
    maxTimestamp: 0n,
    producerId: BigInt(producer),
    producerEpoch: 0,
    firstSequence: 0,
    records: [],
    ...given,
  }
}

function mark(offset: number, producer: number, kind: 'abort' | 'commit'): Batch {
  const key = Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1])
  const record = {
    length: 0,
    attributes: 0,
    timestampDelta: 0n,
    offsetDelta: 0,
    key,
    value: null,
    headers: [],
  }
  return batch(offset, producer, { attributes: TRANSACTIONAL | CONTROL, records: [record] })
}

/** The offsets of what was aborted, marks left out. */
function abortedOf(
  batches: readonly Batch[],
  transactions: readonly [producer: number, firstOffset: number][],
): number[] {
  const aborted = new Aborted(
    transactions.map(([producer, first]) => ({ producerId: BigInt(producer), firstOffset: BigInt(first) })),
  )
  return batches.filter((each) => aborted.has(each)).map(({ firstOffset }) => Number(firstOffset))
}

describe('the aborted transactions of what was fetched', () => {
  it('are each left out, of a producer that aborted several', () => {
    const batches = [
      batch(0, 7),
      mark(1, 7, 'abort'),
      batch(2, 7),
      mark(3, 7, 'abort'),
      batch(4, 7),
      mark(5, 7, 'commit'),
      batch(6, 7),
      mark(7, 7, 'abort'),
    ]
    const transactions: [number, number][] = [
      [7, 6],
      [7, 0],
      [7, 2],
    ]
    expect(abortedOf(batches, transactions)).toEqual([0, 2, 6])
  })

  it('are left out though their mark was not fetched yet', () => {
    expect(abortedOf([batch(0, 7), batch(1, 7)], [[7, 0]])).toEqual([0, 1])
  })

  it('are left out from the middle of one on', () => {
    expect(abortedOf([batch(5, 7), mark(6, 7, 'abort'), batch(7, 7)], [[7, 0]])).toEqual([5])
  })

  it('begin within a batch that begins before it', () => {
    expect(abortedOf([batch(0, 7, { lastOffsetDelta: 3 })], [[7, 2]])).toEqual([0])
  })

  it('take with them nothing of other producers, or of none', () => {
    const batches = [
      batch(0, 7),
      batch(1, 8),
      batch(2, 7, { attributes: 0 }),
      mark(3, 8, 'commit'),
      batch(4, 7),
    ]
    expect(abortedOf(batches, [[7, 0]])).toEqual([0, 4])
  })
})
