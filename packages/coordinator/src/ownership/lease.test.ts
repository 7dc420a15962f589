import { describe, expect, it } from 'vitest'
import { Lease } from './lease.ts'

function twoClocks() {
  const times = { monotonic: 1_000, wall: 50_000 }
  const clock = {
    monotonic: () => times.monotonic,
    wall: () => times.wall,
    after: () => () => {},
    soon: () => {},
  }
  return { times, lease: new Lease(clock, 10_000) }
}

describe('a lease', () => {
  it('is not held before its first heartbeat was answered', () => {
    expect(twoClocks().lease.isHeld()).toBe(false)
  })

  it('ends a margin before the store would give it to others', () => {
    const { times, lease } = twoClocks()
    lease.renew(lease.mark())
    times.monotonic += 7_999
    expect(lease.isHeld()).toBe(true)
    times.monotonic += 1
    expect(lease.isHeld()).toBe(false)
  })

  it('ends before the store would give it to others where this clock is slow by nearly a fifth', () => {
    const { times, lease } = twoClocks()
    lease.renew(lease.mark())
    const storeMs = 9_999
    times.monotonic += storeMs * 0.801
    times.wall += storeMs * 0.801
    expect(lease.isHeld()).toBe(false)
  })

  it('counts from before the heartbeat was sent, however late the answer comes', () => {
    const { times, lease } = twoClocks()
    const sent = lease.mark()
    times.monotonic += 9_000
    lease.renew(sent)
    expect(lease.isHeld()).toBe(false)
  })

  it('ends by the wall clock when the monotonic clock stood still while the machine slept', () => {
    const { times, lease } = twoClocks()
    lease.renew(lease.mark())
    times.wall += 60_000
    expect(lease.isHeld()).toBe(false)
  })

  it('ends by the monotonic clock when the wall clock was set back', () => {
    const { times, lease } = twoClocks()
    lease.renew(lease.mark())
    times.wall -= 3_600_000
    times.monotonic += 9_000
    expect(lease.isHeld()).toBe(false)
  })
})
