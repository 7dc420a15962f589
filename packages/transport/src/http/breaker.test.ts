import { beforeEach, describe, expect, it } from 'vitest'
import { Breaker } from './breaker.ts'
import { BREAKER_FAILURES, BREAKER_PAUSE_MAX_MS, BREAKER_PAUSE_MS } from './limits.ts'

const LET_THROUGH = { pass: true, probe: false }
const PROBE = { pass: true, probe: true }

describe('a circuit breaker', () => {
  let breaker: Breaker

  const failAt = (now: number, times = BREAKER_FAILURES): void => {
    for (let time = 0; time < times; time++) breaker.fail(now, false)
  }

  beforeEach(() => {
    breaker = new Breaker()
  })

  it('lets calls through until as many in a row could not connect as open it', () => {
    failAt(0, BREAKER_FAILURES - 1)
    expect(breaker.ask(0)).toEqual(LET_THROUGH)
    breaker.fail(0, false)
    expect(breaker.ask(0)).toEqual({ pass: false, retryAfterMs: BREAKER_PAUSE_MS })
  })

  it('counts only failures in a row', () => {
    failAt(0, BREAKER_FAILURES - 1)
    breaker.close()
    failAt(0, BREAKER_FAILURES - 1)
    expect(breaker.ask(0)).toEqual(LET_THROUGH)
  })

  it('says how much of the pause is left', () => {
    failAt(0)
    expect(breaker.ask(BREAKER_PAUSE_MS - 300)).toEqual({ pass: false, retryAfterMs: 300 })
    expect(breaker.ask(BREAKER_PAUSE_MS - 0.4)).toEqual({ pass: false, retryAfterMs: 1 })
  })

  it('lets a single probe through after the pause', () => {
    failAt(0)
    expect(breaker.ask(BREAKER_PAUSE_MS)).toEqual(PROBE)
    expect(breaker.ask(BREAKER_PAUSE_MS)).toEqual({ pass: false, retryAfterMs: BREAKER_PAUSE_MS })
  })

  it('closes when the participant turns out to be there', () => {
    failAt(0)
    breaker.ask(BREAKER_PAUSE_MS)
    breaker.close()
    expect(breaker.ask(BREAKER_PAUSE_MS)).toEqual(LET_THROUGH)
    expect(breaker.isClean).toBe(true)
  })

  it('doubles its pause with each probe that fails, up to a cap, and starts small again after it closed', () => {
    let now = 0
    const pauses: number[] = []
    failAt(now)
    for (let probe = 0; probe < 8; probe++) {
      const asked = breaker.ask(now)
      if (asked.pass) throw new Error('still in its pause')
      pauses.push(asked.retryAfterMs)
      now += asked.retryAfterMs
      expect(breaker.ask(now)).toEqual(PROBE)
      breaker.fail(now, true)
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map((factor) => factor * BREAKER_PAUSE_MS))
    expect(pauses.at(-1)).toBe(BREAKER_PAUSE_MAX_MS)
    breaker.close()
    failAt(now)
    expect(breaker.ask(now)).toEqual({ pass: false, retryAfterMs: BREAKER_PAUSE_MS })
  })

  it('is not held open any longer by calls that were under way when it opened', () => {
    failAt(0)
    failAt(BREAKER_PAUSE_MS - 1, 100)
    expect(breaker.ask(BREAKER_PAUSE_MS)).toEqual(PROBE)
  })

  it('takes the next call as its probe when the first came to nothing', () => {
    failAt(0)
    breaker.ask(BREAKER_PAUSE_MS)
    breaker.abandonProbe()
    expect(breaker.ask(BREAKER_PAUSE_MS)).toEqual(PROBE)
  })
})
