import { describe, expect, it } from 'vitest'
import { AWAKE_BEYOND_MS, AWAKE_INTERVAL_MS, AWAKE_MS, Awake } from './awake.ts'
import { POSTGRES } from './postgres/dialect.ts'

const POLL_MS = 1_000

describe('a relay that has found something', () => {
  it('says that it is awake, and says so again before that is over', () => {
    let now = 0
    const awake = new Awake(POSTGRES, 'events', () => now)
    expect(awake.say()).toMatchObject([{ values: [AWAKE_MS] }])
    now += AWAKE_MS / 2 - 1
    expect(awake.say()).toEqual([])
    now += 1
    expect(awake.say()).toHaveLength(1)
  })

  it('looks often for as long as it has said so, and for as long again', () => {
    let now = 0
    const awake = new Awake(POSTGRES, 'events', () => now)
    expect(awake.restMs(POLL_MS)).toBe(POLL_MS)
    awake.say()
    now += AWAKE_MS + AWAKE_BEYOND_MS - 1
    expect(awake.restMs(POLL_MS)).toBe(AWAKE_INTERVAL_MS)
    expect(awake.restMs(1)).toBe(1)
    now += 1
    expect(awake.restMs(POLL_MS)).toBe(POLL_MS)
  })
})
