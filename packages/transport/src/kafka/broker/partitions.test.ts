import { describe, expect, it } from 'vitest'
import { loadLibrary } from './library.ts'
import { partitionOf, shareOut } from './partitions.ts'

describe('the partition of a key', () => {
  it('is the one that clients in Java choose', async () => {
    const library = await loadLibrary()
    // murmur2 of these, as org.apache.kafka.common.utils.UtilsTest has them; the first is negative.
    const known: [key: string, murmur2: number][] = [
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
      ['abc', 479470107],
    ]
    for (const [key, murmur2] of known)
      expect(partitionOf(library, key, 1_000)).toBe((murmur2 & 0x7fffffff) % 1_000)
  })
})

describe('partitions that are shared out', () => {
  const share = (members: Record<string, string[]>, partitions: Record<string, number>) => {
    const askers = Object.entries(members).map(([memberId, topics]) => ({ memberId, topics }))
    const shares = shareOut(askers, (topic) => partitions[topic] ?? 0)
    return Object.fromEntries(
      [...shares].map(([memberId, ofMember]) => [memberId, Object.fromEntries(ofMember)]),
    )
  }

  it('go to each member in turns, over topics with few partitions too', () => {
    expect(share({ b: ['x', 'y'], a: ['x', 'y'] }, { x: 3, y: 1 })).toEqual({
      a: { x: [0, 2] },
      b: { x: [1], y: [0] },
    })
  })

  it('go only to members that ask for the topic', () => {
    expect(share({ a: ['x'], b: ['y'], c: ['x', 'y'] }, { x: 2, y: 2 })).toEqual({
      a: { x: [0] },
      b: { y: [0] },
      c: { x: [1], y: [1] },
    })
  })

  it('leave those without who come too late, and topics that are missing', () => {
    expect(share({ a: ['x', 'missing'], b: ['x'] }, { x: 1 })).toEqual({ a: { x: [0] }, b: {} })
  })
})
