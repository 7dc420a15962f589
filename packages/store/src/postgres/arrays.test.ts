import { describe, expect, it } from 'vitest'
import { bigintArray, booleanArray, textArray } from './arrays.ts'

/** One dimension, whether there are nulls, the type, so many elements, counted from 1. */
function headed(oid: number, count: number, hasNulls: number, ...parts: number[][]): Buffer {
  const header = [1, hasNulls, oid, count, 1].flatMap((number) => [0, 0, 0, number])
  return Buffer.from([...header, ...parts.flat()])
}

describe('an array as PostgreSQL takes it', () => {
  it('holds texts as UTF-8 with their lengths, and no bytes for what is null', () => {
    expect(textArray(['ab', '', 'ä', null])).toEqual(
      headed(25, 4, 1, [0, 0, 0, 2, 97, 98], [0, 0, 0, 0], [0, 0, 0, 2, 0xc3, 0xa4], [255, 255, 255, 255]),
    )
  })

  it('holds numbers in eight bytes, those below zero among them', () => {
    expect(bigintArray([1, -1, null])).toEqual(
      headed(
        20,
        3,
        1,
        [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 8, ...Array(8).fill(255)],
        Array(4).fill(255),
      ),
    )
    for (const number of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1_700_000_000_000, -(2 ** 32)]) {
      expect(Number(bigintArray([number]).readBigInt64BE(24))).toBe(number)
    }
  })

  it('holds truths in one byte', () => {
    expect(booleanArray([true, false])).toEqual(headed(16, 2, 0, [0, 0, 0, 1, 1], [0, 0, 0, 1, 0]))
  })

  it('has no dimension when it is empty', () => {
    expect(textArray([])).toEqual(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25]))
  })
})
