import type { TransactionWrite } from '@assent/engine'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeOf } from '../../test/rows.ts'
import { fenceOf, keptOf, rowOf, tombstoneOf } from './row.ts'

const text = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
  .map((units) => String.fromCharCode(...units))
const time = fc.maxSafeInteger()

const writes: fc.Arbitrary<TransactionWrite> = fc
  .record({
    expect: fc.nat(),
    owner: fc.option(text),
    writeId: text,
    name: text,
    application: text,
    labels: fc.dictionary(text, text, { maxKeys: 3 }).map((labels) => ({ ...labels })),
    createdAt: time,
    updatedAt: time,
    dueAt: fc.option(time),
    endedAt: fc.option(time),
    attention: fc.boolean(),
    content: text,
    state: text,
  })
  .map(writeOf)

describe('a row as it is kept', () => {
  it('comes back as it was written, whatever its columns hold', () => {
    fc.assert(
      fc.property(writes, (write) => {
        const { expect: version, ...columns } = write
        expect(rowOf(write.gid, keptOf(write))).toEqual({ ...columns, version: version + 1 })
      }),
    )
  })

  it('shows its fence before anything else, however short the head is that was read', () => {
    const { owner, writeId } = writeOf({ owner: 'a' })
    const kept = keptOf(writeOf({ expect: 6, owner: 'a', state: 'x'.repeat(10_000) }))
    expect(fenceOf(kept.slice(0, 20))).toEqual({ version: 7, owner, writeId })
  })

  it('is told from a tombstone, from nothing, and from what another program keeps', () => {
    expect(tombstoneOf('g', keptOf(writeOf()))).toBeUndefined()
    const gone = ['gone', 'its content', 'ABORTED', '631700000000000'].join('\0')
    expect(tombstoneOf('g', gone)).toEqual({
      gid: 'g',
      content: 'its content',
      status: 'ABORTED',
      endedAt: 1_700_000_000_000,
    })
    for (const other of ['', gone, 'something', '{"json":1}']) {
      expect([rowOf('g', other), fenceOf(other)]).toEqual([undefined, undefined])
    }
  })
})
