import type { IncomingMessage } from '@assent/contract'
import { describe, expect, it, vi } from 'vitest'
import { Deliveries, type DeliveriesOptions, retryPauseMs } from './deliveries.ts'
import { HeldPartition } from './held-partition.ts'
import {
  PARTITION_LENGTH_MAX,
  PARTITION_MESSAGES_MAX,
  RETRY_PAUSE_MAX_MS,
  RETRY_PAUSE_MS,
  STUCK_MS,
} from './limits.ts'

function message(offset: number, given: Partial<IncomingMessage> = {}): IncomingMessage {
  return {
    topic: 'orders',
    partition: 0,
    offset: BigInt(offset),
    key: 'a',
    value: String(offset),
    headers: {},
    timestamp: 0,
    ...given,
  }
}

/** Deliveries whose pauses take no time. */
function deliveriesTo(handle: DeliveriesOptions['handle'], options: Partial<DeliveriesOptions> = {}) {
  const held = new HeldPartition('orders', 0, 0n)
  const deliveries = new Deliveries({
    handle,
    onError() {},
    onEnd() {},
    onRoom() {},
    after(ms, callback) {
      if (ms === STUCK_MS) return () => {}
      const timer = setImmediate(callback)
      return () => clearImmediate(timer)
    },
    ...options,
  })
  return { held, deliveries }
}

describe('deliveries', () => {
  it('leave to be committed what has ended, though it ended out of order', async () => {
    const ends = new Map<string, () => void>()
    const { held, deliveries } = deliveriesTo(
      ({ value }) => new Promise((resolve) => ends.set(value, resolve)),
      { ordered: false },
    )
    deliveries.take(held, [message(0), message(1), message(2)])
    expect([held.position, held.toCommit]).toEqual([3n, undefined])
    ends.get('1')?.()
    ends.get('0')?.()
    await vi.waitFor(() => expect(held.toCommit).toBe(2n))
    held.committed(2n)
    expect(held.toCommit).toBeUndefined()
  })

  it('give what was rejected again, before the next of its key', async () => {
    const given: string[] = []
    const told: unknown[] = []
    const { held, deliveries } = deliveriesTo(
      async ({ value }) => {
        given.push(value)
        if (given.length < 3) throw new Error(`no ${given.length}`)
      },
      { onError: (error, of) => told.push([(error as Error).message, of?.offset]) },
    )
    deliveries.take(held, [message(0), message(1)])
    await vi.waitFor(() => expect(held.isIdle).toBe(true))
    expect(given).toEqual(['0', '0', '0', '1'])
    expect(told).toEqual([
      ['no 1', 0n],
      ['no 2', 0n],
    ])
  })

  it('tell now and then of a partition whose oldest message does not end, and of no other', async () => {
    const timers: { ms: number; callback: () => void; isCancelled: boolean }[] = []
    const told: string[] = []
    const ends: (() => void)[] = []
    const { held, deliveries } = deliveriesTo(() => new Promise((resolve) => ends.push(resolve)), {
      ordered: false,
      onError: (error) => told.push((error as Error).message),
      after(ms, callback) {
        const timer = { ms, callback, isCancelled: false }
        timers.push(timer)
        return () => {
          timer.isCancelled = true
        }
      },
    })
    const other = new HeldPartition('orders', 1, 0n)
    deliveries.take(held, [message(7), message(8)])
    deliveries.take(other, [message(0, { partition: 1 }), message(1, { partition: 1 })])
    const lookAgain = () => timers.at(-1)?.callback()
    lookAgain()
    expect(told).toEqual([])
    ends[2]?.()
    await vi.waitFor(() => expect(other.oldest).toBe(1n))
    lookAgain()
    other.isLost = true
    lookAgain()
    expect(told).toEqual(Array(2).fill('orders/0 has been stuck at 7 for more than 60 s'))
    for (const end of ends) end()
    await vi.waitFor(() => expect(timers.at(-1)?.isCancelled).toBe(true))
    await deliveries.stop()
    deliveries.take(held, [message(9)])
    expect(timers.map(({ ms }) => ms)).toEqual(Array(4).fill(STUCK_MS))
  })

  it('go on when whoever is told throws as well', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    let isFirst = true
    const { held, deliveries } = deliveriesTo(
      async () => {
        if (!isFirst) return
        isFirst = false
        throw new Error('no')
      },
      {
        onError() {
          throw new Error('nobody listens')
        },
      },
    )
    deliveries.take(held, [message(0)])
    await vi.waitFor(() => expect(held.isIdle).toBe(true))
    expect(write.mock.calls.join()).toContain('nobody listens')
    write.mockRestore()
  })

  it('begin nothing of a partition that is lost, and commit nothing of it', async () => {
    const given: string[] = []
    let end = (): void => {}
    const { held, deliveries } = deliveriesTo(({ value }) => {
      given.push(value)
      return new Promise((resolve) => {
        end = resolve
      })
    })
    deliveries.take(held, [message(0), message(1)])
    held.isLost = true
    end()
    await vi.waitFor(() => expect(deliveries.atOnce).toBe(0))
    expect([given, held.toCommit, held.hasRoom]).toEqual([['0'], undefined, false])
  })

  it('wait longer after each failure, up to a cap', () => {
    expect([1, 2, 3].map(retryPauseMs)).toEqual([RETRY_PAUSE_MS, 2 * RETRY_PAUSE_MS, 4 * RETRY_PAUSE_MS])
    expect(retryPauseMs(60)).toBe(RETRY_PAUSE_MAX_MS)
    expect(retryPauseMs(5_000)).toBe(RETRY_PAUSE_MAX_MS)
  })
})

describe('a partition that is held', () => {
  it('has no room for more messages than it may have, until half of them have ended', () => {
    const held = new HeldPartition('orders', 0, 0n)
    const messages = Array.from({ length: PARTITION_MESSAGES_MAX }, (_, offset) => message(offset))
    const places = messages.map((each) => {
      expect(held.hasRoom).toBe(true)
      return held.begin(each)
    })
    expect(held.hasRoom).toBe(false)
    const rooms = messages.map((each, index) => held.end(each, places[index] as (typeof places)[number]))
    expect(rooms.indexOf(true)).toBe(PARTITION_MESSAGES_MAX / 2 - 1)
    expect(rooms.filter((hasRoom) => hasRoom)).toHaveLength(1)
    expect(held.hasRoom).toBe(true)
  })

  it('has room for one message, however long', () => {
    const held = new HeldPartition('orders', 0, 0n)
    const long = message(0, { value: 'x'.repeat(PARTITION_LENGTH_MAX + 1) })
    expect(held.hasRoom).toBe(true)
    const place = held.begin(long)
    expect(held.hasRoom).toBe(false)
    expect(held.end(long, place)).toBe(true)
  })

  it('commits at once where its group began, when nothing was committed', () => {
    const held = new HeldPartition('orders', 0, 7n, -1n)
    expect(held.toCommit).toBe(7n)
  })
})
