import { describe, expect, it } from 'vitest'
import { PAUSE_FIRST_MS, PAUSE_LONGEST_MS, PAUSES_MAX, Pauses } from './pauses.ts'

const route = { eventType: 'OrderCreated', topic: null }

describe('a route whose send has failed', () => {
  it('rests for longer each time, up to a limit, until one goes through', () => {
    let now = 0
    const pauses = new Pauses(() => now)
    const lengths: number[] = []
    for (let turn = 0; turn < 10; turn++) {
      pauses.failed(route)
      lengths.push(pauses.shortestMs())
      expect(pauses.resting()).toEqual([route])
      now += pauses.shortestMs()
      expect(pauses.resting()).toEqual([])
    }
    expect(lengths[0]).toBeGreaterThan(PAUSE_FIRST_MS * 0.7)
    expect(lengths[2]).toBeGreaterThan(PAUSE_FIRST_MS * 2)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(PAUSE_LONGEST_MS)
    pauses.wentThrough(route)
    pauses.failed(route)
    expect(pauses.shortestMs()).toBeLessThanOrEqual(PAUSE_FIRST_MS)
  })

  it('rests alone: the same type in another topic goes on', () => {
    const pauses = new Pauses()
    pauses.failed({ ...route, topic: 'missing' })
    expect(pauses.resting()).toEqual([{ ...route, topic: 'missing' }])
    expect(new Pauses().shortestMs()).toBe(Number.POSITIVE_INFINITY)
  })

  it('is one of a bounded number', () => {
    const pauses = new Pauses()
    for (let turn = 0; turn < PAUSES_MAX + 5; turn++) pauses.failed({ ...route, topic: `t${turn}` })
    expect(pauses.resting().length).toBe(PAUSES_MAX)
  })
})
