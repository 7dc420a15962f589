import type { Clock } from '@assent/engine'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Context } from '../transactions/context.ts'
import { Claims } from './claims.ts'

const CLAIM_INTERVAL_MS = 500

let now: number
let timers: { at: number; callback: () => void }[]
/** When the store was asked, and how many rows it gives the next time. */
let looks: number[]
let due: number
let claims: Claims

const clock: Clock = {
  monotonic: () => now,
  wall: () => now,
  after(ms, callback) {
    const timer = { at: now + ms, callback }
    timers.push(timer)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  },
  soon: (callback) => queueMicrotask(callback),
}

/** Lets time pass, and all that happens in it. */
async function pass(ms: number): Promise<void> {
  const until = now + ms
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve))
    const next = timers.filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at)[0]
    if (next === undefined) break
    timers = timers.filter((timer) => timer !== next)
    now = next.at
    next.callback()
  }
  now = until
}

beforeEach(async () => {
  now = 0
  timers = []
  looks = []
  due = 0
  const context = {
    settings: { claimIntervalMs: CLAIM_INTERVAL_MS, application: '' },
    observer: { observe: () => {} },
    incarnation: { id: 'one-life', isAlive: () => true, newWriteId: () => 'write' },
    drivers: {
      isStopping: false,
      room: 10,
      beginClaim: () => {},
      endClaim: () => {},
      isOutdated: () => true,
    },
    commands: { run: (_gid: string, task: () => Promise<void>) => task() },
    store: {
      claim: async () => {
        looks.push(now)
        const rows = Array.from({ length: due }, () => ({ gid: 'order-17', version: 2 }))
        due = 0
        return rows
      },
    },
  }
  claims = new Claims(context as unknown as Context, clock, () => {})
  claims.begin()
  await pass(100)
  expect(looks).toEqual([0])
})
afterEach(() => claims.stop())

describe('a claim', () => {
  it('is made again and again at its interval', async () => {
    await pass(1_000)
    expect(looks).toEqual([0, 500, 1_000])
  })

  it('is made soon and a few times where something becomes due at any moment, and then as before', async () => {
    claims.expect()
    await pass(1_000)
    expect(looks).toEqual([0, 105, 125, 205, 455, 955])
  })

  it('is not put off by many who expect something one after the other, and not made for each of them', async () => {
    for (let expected = 0; expected < 100; expected += 1) {
      claims.expect()
      await pass(1)
    }
    expect(looks.length).toBeGreaterThan(10)
    expect(looks.length).toBeLessThanOrEqual(22)
  })

  it('that found something is made again at once', async () => {
    claims.expect()
    due = 1
    await pass(6)
    expect(looks).toEqual([0, 105, 105])
  })
})
