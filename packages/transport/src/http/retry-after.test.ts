import { describe, expect, it } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')

describe('retryAfterMs', () => {
  it('reads seconds', () => {
    expect(retryAfterMs('0', NOW)).toBe(0)
    expect(retryAfterMs(' 120 ', NOW)).toBe(120_000)
    expect(retryAfterMs(['7', '9'], NOW)).toBe(7_000)
  })

  it('reads a date, and one that is over as now', () => {
    expect(retryAfterMs('Sun, 01 Mar 2026 12:00:30 GMT', NOW)).toBe(30_000)
    expect(retryAfterMs('Sun, 06 Nov 1994 08:49:37 GMT', NOW)).toBe(0)
  })

  it('has nothing to say of anything else', () => {
    const others = [
      undefined,
      '',
      '-1',
      '1.5',
      'soon',
      '2026-03-02',
      '99999999999',
      'Sun, 99 Mar 2026 12:00:30 GMT',
    ]
    for (const other of others) expect(retryAfterMs(other, NOW)).toBeUndefined()
  })
})
