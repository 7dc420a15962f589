import { describe, expect, it } from 'vitest'
import { type Measured, ratioOf } from './rounds.ts'

const side = (...rates: number[]): Measured => ({
  side: { name: 'one', load: { url: '', connections: 1, seconds: 1, status: 200 }, processes: {} },
  rounds: rates.map((rate) => ({
    seen: { answers: 0, failures: 0, rate, p50Ms: 0, p99Ms: 0 },
    processes: {},
    othersCores: 0,
  })),
})

describe('the ratio of two sides', () => {
  it('is the median of the ratios of neighbouring rounds, so that a slow minute counts for both', () => {
    const found = ratioOf(side(60, 6, 80), side(100, 10, 100))
    expect(found).toEqual({ median: 0.6, least: 0.6, most: 0.8 })
  })
})
