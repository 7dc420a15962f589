import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Database } from '../databases/database.ts'
import { RELAY_BATCH_MAX, ROUND_MAX_MS, relayOutbox } from './relay.ts'

// As the module has it, but by the timers that are faked here.
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, value: unknown, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms, value)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    }),
}))

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const broker = { send: async () => {} }

it('a relay goes on when the creation of its tables never ends', async () => {
  const errors: unknown[] = []
  let asked = 0
  const database: Database<unknown> = {
    dialect: 'postgres',
    transact: () => {
      asked += 1
      // Each look misses the tables, and whoever creates them never answers.
      if (asked % 2 === 0) return new Promise(() => {})
      return Promise.reject(Object.assign(new Error('no such table'), { code: '42P01' }))
    },
  }
  const relay = relayOutbox({ database, broker, onError: (error) => errors.push(error) })
  await vi.advanceTimersByTimeAsync(2.5 * ROUND_MAX_MS)
  expect(errors).toHaveLength(2)
  const closed = relay.close()
  await vi.advanceTimersByTimeAsync(ROUND_MAX_MS)
  await closed
})

it('a relay takes a batch whose ids fit a statement, and none else', () => {
  const database = { dialect: 'postgres' } as Database<unknown>
  for (const batch of [0, -1, 1.5, Number.NaN, RELAY_BATCH_MAX + 1]) {
    expect(() => relayOutbox({ database, broker, batch })).toThrow(TypeError)
  }
})
