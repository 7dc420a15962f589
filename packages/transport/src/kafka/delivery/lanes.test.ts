import { describe, expect, it } from 'vitest'
import { Lanes } from './lanes.ts'

/** Work that the test ends by hand. */
class Hand {
  readonly begun: string[] = []
  readonly #ends = new Map<string, (pauseMs?: number) => void>()
  readonly timers: { ms: number; callback: () => void; isCancelled: boolean }[] = []
  readonly lanes: Lanes<string>

  constructor(concurrency: number) {
    const deal = (item: string) => {
      this.begun.push(item)
      return new Promise<number | undefined>((resolve) => this.#ends.set(item, resolve))
    }
    this.lanes = new Lanes(concurrency, deal, (ms, callback) => {
      const timer = { ms, callback, isCancelled: false }
      this.timers.push(timer)
      return () => {
        timer.isCancelled = true
      }
    })
  }

  async end(item: string, pauseMs?: number): Promise<void> {
    this.#ends.get(item)?.(pauseMs)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('lanes', () => {
  it('deal with one lane in order and with others side by side', async () => {
    const hand = new Hand(10)
    for (const item of ['a1', 'a2', 'b1', 'a3']) hand.lanes.add(item[0], item)
    expect(hand.begun).toEqual(['a1', 'b1'])
    await hand.end('a1')
    expect(hand.begun).toEqual(['a1', 'b1', 'a2'])
    await hand.end('a2')
    await hand.end('a3')
    hand.lanes.add('a', 'a4')
    expect(hand.begun).toEqual(['a1', 'b1', 'a2', 'a3', 'a4'])
  })

  it('deal with what has no lane side by side', () => {
    const hand = new Hand(10)
    for (const item of ['a1', 'a2', 'a3']) hand.lanes.add(undefined, item)
    expect(hand.begun).toEqual(['a1', 'a2', 'a3'])
  })

  it('never deal with more at once than they may', async () => {
    const hand = new Hand(2)
    for (const item of ['a', 'b', 'c', 'd']) hand.lanes.add(item, item)
    expect([hand.begun, hand.lanes.atOnce]).toEqual([['a', 'b'], 2])
    await hand.end('b')
    expect([hand.begun, hand.lanes.atOnce]).toEqual([['a', 'b', 'c'], 2])
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('are none for %d at once', (concurrency) => {
    expect(() => new Hand(concurrency)).toThrow(TypeError)
  })

  it('hold the lane of an item that pauses, and give its place to another', async () => {
    const hand = new Hand(1)
    for (const item of ['a1', 'a2', 'b1']) hand.lanes.add(item[0], item)
    await hand.end('a1', 50)
    expect(hand.begun).toEqual(['a1', 'b1'])
    expect(hand.timers.map(({ ms }) => ms)).toEqual([50])
    hand.timers[0]?.callback()
    expect(hand.begun).toEqual(['a1', 'b1'])
    await hand.end('b1')
    expect(hand.begun).toEqual(['a1', 'b1', 'a1'])
    await hand.end('a1')
    expect(hand.begun).toEqual(['a1', 'b1', 'a1', 'a2'])
  })

  it('begin nothing once they are stopped, and say when what is under way has ended', async () => {
    const hand = new Hand(2)
    for (const item of ['a', 'b', 'c']) hand.lanes.add(item, item)
    await hand.end('b', 50)
    let isStopped = false
    const stopped = hand.lanes.stop().then(() => {
      isStopped = true
    })
    expect(hand.timers.every(({ isCancelled }) => isCancelled)).toBe(true)
    await hand.end('a')
    expect(isStopped).toBe(false)
    await hand.end('c')
    await stopped
    hand.lanes.add('d', 'd')
    expect(hand.begun).toEqual(['a', 'b', 'c'])
    await new Hand(1).lanes.stop()
  })
})
