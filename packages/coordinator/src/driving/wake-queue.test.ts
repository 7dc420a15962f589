import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Sleeper, WakeQueue } from './wake-queue.ts'

/** A clock that stands still until it is moved, with the one timer that the queue sets. */
function stillClock() {
  let now = 0
  let timer: { at: number; callback: () => void } | undefined
  const clock = {
    monotonic: () => now,
    wall: () => now,
    after(ms: number, callback: () => void) {
      const set = { at: now + ms, callback }
      timer = set
      return () => {
        if (timer === set) timer = undefined
      }
    },
    soon: (callback: () => void) => callback(),
  }
  const moveTo = (time: number): void => {
    while (timer !== undefined && timer.at <= time) {
      now = timer.at
      const { callback } = timer
      timer = undefined
      callback()
    }
    now = time
  }
  return { clock, moveTo, now: () => now, isWaiting: () => timer !== undefined }
}

describe('the wake queue', () => {
  it('wakes everyone in time, at the last time asked for, and nobody who was taken out', () => {
    const step = fc.record({
      sleeper: fc.nat(9),
      act: fc.constantFrom('schedule', 'remove', 'move'),
      time: fc.integer({ min: 1, max: 50 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, moveTo, now } = stillClock()
        const queue = new WakeQueue(clock, now)
        const due = new Map<number, number>()
        const woken: [number, number][] = []
        const sleepers = Array.from(
          { length: 10 },
          (_, name): Sleeper => ({
            wakeAt: 0,
            wakeIndex: -1,
            wake: () => woken.push([name, now()]),
          }),
        )
        for (const { sleeper, act, time } of steps) {
          const entry = sleepers[sleeper]
          if (entry === undefined) throw new Error('no such sleeper')
          if (act === 'schedule') {
            queue.schedule(entry, now() + time)
            due.set(sleeper, now() + time)
          } else if (act === 'remove') {
            queue.remove(entry)
            due.delete(sleeper)
          } else {
            moveTo(now() + time)
            for (const [name, at] of [...due]) {
              if (at > now()) continue
              expect(woken).toContainEqual([name, at])
              due.delete(name)
            }
            expect(woken.length).toBeLessThanOrEqual(steps.length)
          }
        }
        expect(queue.size).toBe(due.size)
        const before = woken.length
        moveTo(now() + 100)
        expect(woken.length - before).toBe(due.size)
      }),
    )
  })

  it('keeps no process alive once it is stopped, whoever slept in it', () => {
    const { clock, now, isWaiting } = stillClock()
    const queue = new WakeQueue(clock, now)
    const sleeper: Sleeper = { wakeAt: 0, wakeIndex: -1, wake: () => {} }
    queue.schedule(sleeper, 60_000)
    queue.remove(sleeper)
    queue.stop()
    expect(isWaiting()).toBe(false)
  })
})
