import { describe, expect, it } from 'vitest'
import { StoreTime } from './store-time.ts'

function begin(wall: number) {
  const at = { monotonic: 0, wall }
  const clock = {
    monotonic: () => at.monotonic,
    wall: () => at.wall,
    after: () => () => {},
    soon: () => {},
  }
  return { at, time: new StoreTime(clock) }
}

describe("the store's time, as a coordinator knows it", () => {
  it('is what the store said, whatever the wall clock says', () => {
    const { at, time } = begin(5_000_000)
    at.monotonic = 10
    time.learn(1_000_000, 10)
    at.monotonic = 25
    expect(time.now()).toBe(1_000_015)
  })

  it('is not held up by what the wall clock said before the store was asked', () => {
    const { at, time } = begin(9_000_000)
    expect(time.now()).toBe(9_000_000)
    at.monotonic = 10
    time.learn(1_000_000, 10)
    expect(time.now()).toBe(1_000_000)
  })

  it('does not fall behind where an answer was slow, and so says only when it can not have been later', () => {
    const { at, time } = begin(0)
    time.learn(1_000_000, 0)
    at.monotonic = 3_000
    time.learn(1_001_100, 1_000)
    expect(time.now()).toBe(1_003_000)
  })

  it('goes on where the monotonic clock stood still', () => {
    const { at, time } = begin(0)
    time.learn(1_000_000, 0)
    at.monotonic = 100
    time.learn(1_060_100, 100)
    expect(time.now()).toBe(1_060_100)
  })

  it('never goes backwards', () => {
    const { at, time } = begin(0)
    time.learn(1_000_000, 0)
    expect(time.now()).toBe(1_000_000)
    at.monotonic = 10
    time.learn(999_000, 10)
    expect(time.now()).toBe(1_000_000)
  })
})
