import { describe, expect, it } from 'vitest'
import { decode, encode, sizeOf } from './records.ts'

type Batch = Parameters<typeof decode>[2][number]

function batch(firstOffset: bigint, values: (string | Buffer | null)[], given: Partial<Batch> = {}): Batch {
  return {
    firstOffset,
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: 0,
    lastOffsetDelta: values.length - 1,
    firstTimestamp: 1_000n,
    maxTimestamp: 2_000n,
    producerId: 0n,
    producerEpoch: 0,
    firstSequence: 0,
    records: values.map((value, offsetDelta) => ({
      length: 0,
      attributes: 0,
      timestampDelta: BigInt(offsetDelta),
      offsetDelta,
      key: null,
      value: typeof value === 'string' ? Buffer.from(value) : value,
      headers: [],
    })),
    ...given,
  }
}

describe('what was fetched', () => {
  it('is read from the offset that was asked for, though batches come whole', () => {
    const { messages, next } = decode('orders', 3, [batch(10n, ['a', 'b', 'c']), batch(15n, ['d'])], 11n)
    expect(messages.map(({ offset, value }) => [offset, value])).toEqual([
      [11n, 'b'],
      [12n, 'c'],
      [15n, 'd'],
    ])
    expect(next).toBe(16n)
  })

  it('goes on behind what holds no messages: marks of transactions, and what was compacted away', () => {
    const mark = batch(10n, ['mark'], { attributes: 0x20 })
    expect(decode('orders', 0, [mark], 10n)).toEqual({ messages: [], next: 11n })
    expect(decode('orders', 0, [batch(11n, [], { lastOffsetDelta: 4 })], 11n)).toEqual({
      messages: [],
      next: 16n,
    })
    expect(decode('orders', 0, [], 11n)).toEqual({ messages: [], next: 11n })
  })

  it('has the time of its sender, or of the broker where the topic says so', () => {
    const timeOf = (given: Partial<Batch>) =>
      decode('t', 0, [batch(0n, ['', ''], given)], 0n).messages[1]?.timestamp
    expect(timeOf({})).toBe(1_001)
    expect(timeOf({ attributes: 0x08 })).toBe(2_000)
  })

  it('is text, whatever its bytes were, and of headers of one name the last', () => {
    const [record] = batch(0n, [null]).records
    const headers = [
      ['A', 'first'],
      ['a', 'last'],
      ['__proto__', 'own'],
      ['none', null],
    ].map(([name, text]): [Buffer, Buffer | null] => [
      Buffer.from(name ?? ''),
      text == null ? null : Buffer.from(text),
    ])
    const records = record ? [{ ...record, key: Buffer.from([0x61, 0xff]), headers }] : []
    const [message] = decode('t', 0, [batch(0n, [null], { records })], 0n).messages
    expect(message).toMatchObject({ key: 'a\ufffd', value: '' })
    expect(Object.entries(message?.headers ?? {})).toEqual([
      ['a', 'last'],
      ['__proto__', 'own'],
      ['none', ''],
    ])
  })
})

describe('what is sent', () => {
  it('has bytes for every text, and is weighed by them', () => {
    const message = { topic: 't', key: 'ä', value: 'öö', headers: { ü: 'ß' } }
    const { key, value, headers, partition } = encode(message, 2)
    expect([key, value, partition]).toEqual([Buffer.from('ä'), Buffer.from('öö'), 2])
    expect([...(headers as Map<Buffer, Buffer>)]).toEqual([[Buffer.from('ü'), Buffer.from('ß')]])
    expect(sizeOf(message) - sizeOf({ topic: 't', key: '', value: '' })).toBe(10)
  })
})
