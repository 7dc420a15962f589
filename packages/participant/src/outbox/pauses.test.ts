import { describe, expect, it } from 'vitest'
import { PAUSE_FIRST_MS, PAUSE_LONGEST_MS, PAUSE_ROUTES_MAX, PAUSES_MAX, Pauses } from './pauses.ts'

const began = { eventType: 'OrderBegan', topic: null }
const ended = { eventType: 'OrderEnded', topic: 'orders' }

describe('a topic whose send has failed', () => {
  it('rests for longer each time, up to a limit, until one goes through', () => {
    let now = 0
    const pauses = new Pauses(() => now)
    const lengths: number[] = []
    for (let turn = 0; turn < 10; turn++) {
      pauses.failed('orders')
      lengths.push(pauses.shortestMs())
      expect(pauses.resting().has('orders')).toBe(true)
      now += pauses.shortestMs()
      expect(pauses.resting().has('orders')).toBe(false)
    }
    expect(lengths[0]).toBeGreaterThan(PAUSE_FIRST_MS * 0.7)
    expect(lengths[2]).toBeGreaterThan(PAUSE_FIRST_MS * 2)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(PAUSE_LONGEST_MS)
    pauses.wentThrough('orders')
    pauses.failed('orders')
    expect(pauses.shortestMs()).toBeLessThanOrEqual(PAUSE_FIRST_MS)
  })

  it('rests with all ways that were met to it, and alone', () => {
    let now = 0
    const pauses = new Pauses(() => now)
    pauses.failed('orders')
    pauses.met('orders', [began, ended, began])
    pauses.met('payments', [began])
    expect(pauses.resting().has('payments')).toBe(false)
    expect(pauses.routesTo(pauses.resting())).toEqual([began, ended])
    now += PAUSE_FIRST_MS
    expect(pauses.routesTo(pauses.resting())).toEqual([])
    expect(new Pauses().shortestMs()).toBe(Number.POSITIVE_INFINITY)
  })

  it('is one of a bounded number, with a bounded number of ways', () => {
    const pauses = new Pauses()
    for (let turn = 0; turn < PAUSES_MAX + 5; turn++) pauses.failed(`t${turn}`)
    expect(pauses.resting().has(`t${PAUSES_MAX - 1}`)).toBe(true)
    expect(pauses.resting().has(`t${PAUSES_MAX}`)).toBe(false)
    const ways = Array.from({ length: PAUSE_ROUTES_MAX + 5 }, (_, way) => ({
      ...began,
      eventType: `e${way}`,
    }))
    pauses.met('t0', ways)
    pauses.met('t1', ways)
    expect(pauses.routesTo(pauses.resting())).toHaveLength(PAUSE_ROUTES_MAX)
  })
})
