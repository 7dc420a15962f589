import type { BranchRequest } from '@assent/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptance, branchOf } from '../../test/story.ts'
import { run } from './accept.ts'
import { backoffDelayMs, ongoingDelayMs } from './backoff.ts'

function of(retry: BranchRequest['retry'] = {}, gid = 'g', branchId = 'a') {
  const transaction = run({ branches: [branchOf('saga', branchId, { retry })] }, { ...acceptance(), gid })
  const branch = transaction.branches[0]!
  return {
    backoff: (failures: number, retryAfterMs?: number) =>
      backoffDelayMs(transaction, branch, failures, retryAfterMs),
    ongoing: (retryAfterMs?: number) => ongoingDelayMs(transaction, branch, retryAfterMs),
  }
}

describe('the backoff of an unknown call', () => {
  it('doubles from the first interval, less a quarter of jitter at most', () => {
    const { backoff } = of()
    for (let failures = 1; failures <= 6; failures++) {
      const full = 1_000 * 2 ** (failures - 1)
      expect(backoff(failures)).toBeLessThanOrEqual(full)
      expect(backoff(failures)).toBeGreaterThanOrEqual(full * 0.75)
    }
  })

  it('never exceeds the cap, whatever was configured, counted or asked for', () => {
    const interval = fc.integer({ min: 1, max: 86_400_000 })
    fc.assert(
      fc.property(
        interval,
        interval,
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.oneof(fc.double({ min: 0 }), fc.constant(Number.NaN), fc.constant(Number.POSITIVE_INFINITY)),
        (intervalMs, maxIntervalMs, failures, retryAfterMs) => {
          const delay = of({ intervalMs, maxIntervalMs }).backoff(failures, retryAfterMs)
          expect(delay).toBeLessThanOrEqual(maxIntervalMs)
          expect(delay).toBeGreaterThanOrEqual(1)
          expect(Number.isSafeInteger(delay)).toBe(true)
        },
      ),
    )
  })

  it('is the same for the same call, and differs between calls, branches and transactions', () => {
    expect(of().backoff(9)).toBe(of().backoff(9))
    const delays = new Set<number>()
    for (let index = 0; index < 100; index++) {
      delays.add(of({}, `g${index}`).backoff(6))
      delays.add(of({}, 'g', `b${index}`).backoff(6))
    }
    expect(delays.size).toBeGreaterThan(190)
  })

  it('spreads over the whole quarter', () => {
    const delays = Array.from({ length: 200 }, (_, index) => of({}, `g${index}`).backoff(1))
    expect(Math.min(...delays)).toBeLessThan(770)
    expect(Math.max(...delays)).toBeGreaterThan(980)
  })

  it('heeds what the participant asked for when it is longer, up to the cap', () => {
    const { backoff } = of()
    expect(backoff(1, 30_000)).toBe(30_000)
    expect(backoff(1, 1)).toBe(backoff(1))
    expect(backoff(1, 3_600_000)).toBe(60_000)
  })

  it("takes the branch's own intervals before the transaction's", () => {
    expect(of({ intervalMs: 8 }).backoff(1)).toBeLessThanOrEqual(8)
    expect(of({ maxIntervalMs: 500 }).backoff(9, 9_999)).toBe(500)
  })
})

describe('the interval of an ongoing call', () => {
  it("is the branch's own or the transaction's, without jitter", () => {
    expect(of().ongoing()).toBe(1_000)
    expect(of({ intervalMs: 70 }).ongoing()).toBe(70)
    expect(of({ intervalMs: 70, maxIntervalMs: 7 }).ongoing()).toBe(70)
  })

  it('is longer where the participant asked for it, up to the cap', () => {
    expect(of().ongoing(2_500)).toBe(2_500)
    expect(of().ongoing(3_600_000)).toBe(60_000)
    expect(of().ongoing(0)).toBe(1_000)
    expect(of().ongoing(Number.NaN)).toBe(1_000)
  })
})
