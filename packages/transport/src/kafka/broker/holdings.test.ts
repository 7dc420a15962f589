import { describe, expect, it } from 'vitest'
import { HeldPartition } from '../delivery/index.ts'
import { Holdings } from './holdings.ts'

const of = (...partitions: number[]) => partitions.map((partition) => ({ topic: 'orders', partition }))

function holding(memberId: string, generation: number, ...partitions: number[]): Holdings {
  const holdings = new Holdings()
  for (const { topic, partition } of holdings.share({
    memberId,
    generation,
    partitions: of(...partitions),
  })) {
    holdings.add(new HeldPartition(topic, partition, 0n))
  }
  return holdings
}

describe('what a member holds', () => {
  it('stays as it is when its share is told again', () => {
    const holdings = holding('m', 4, 0)
    expect(holdings.share({ memberId: 'm', generation: 4, partitions: of(0) })).toEqual([])
    expect(holdings.all[0]?.isLost).toBe(false)
  })

  it('goes on where it is in a partition that it has in two shares behind one another', () => {
    const holdings = holding('m', 4, 0, 1)
    const before = holdings.all
    expect(holdings.share({ memberId: 'm', generation: 5, partitions: of(1, 2) })).toEqual(of(2))
    expect(before.map(({ isLost }) => isLost)).toEqual([true, false])
    expect(holdings.of('orders')).toEqual([1])
  })

  it('is read again from what is committed where another may have had it meanwhile', () => {
    for (const [memberId, generation] of [
      ['m', 6],
      ['m', 3],
      ['other', 5],
    ] as const) {
      const holdings = holding('m', 4, 0)
      const [before] = holdings.all
      expect(holdings.share({ memberId, generation, partitions: of(0) })).toEqual(of(0))
      expect(before?.isLost).toBe(true)
    }
  })

  it('is all lost at once, and no share goes on from it', () => {
    const holdings = holding('m', 4, 0)
    const [before] = holdings.all
    holdings.loseAll()
    expect([before?.isLost, holdings.of('orders')]).toEqual([true, []])
    expect(holdings.share({ memberId: 'm', generation: 5, partitions: of(0) })).toEqual(of(0))
  })

  it('is lost where it is replaced', () => {
    const holdings = holding('m', 4, 0)
    const [before] = holdings.all
    holdings.add(new HeldPartition('orders', 0, 9n))
    expect([before?.isLost, holdings.all[0]?.position]).toEqual([true, 9n])
  })
})
