import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { brokerHealth, storeHealth } from './health.ts'

const store = (ping: () => Promise<void>) => ({ kind: 'sqlite', weaknesses: ['w'], ping })

describe('the health of a store', () => {
  it('is what it answers when it is asked', async () => {
    const health = await storeHealth(store(async () => void (await sleep(20))))()
    expect(health).toMatchObject({ kind: 'sqlite', healthy: true, weaknesses: ['w'] })
    expect(health.latencyMs).toBeGreaterThan(15)
  })

  it('is bad when it fails, or does not answer in time, and says why', async () => {
    const failing = (error: Error) => storeHealth(store(() => Promise.reject(error)))()
    expect(await failing(new Error('closed'))).toMatchObject({ healthy: false, reason: 'closed' })
    const wordless = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
    expect(await failing(wordless)).toMatchObject({ healthy: false, reason: 'ECONNREFUSED' })
    const startedAt = performance.now()
    expect(await storeHealth(store(() => new Promise(() => {})))()).toMatchObject({
      healthy: false,
      reason: 'no answer within 2000 ms',
    })
    expect(performance.now() - startedAt).toBeLessThan(4_000)
  })

  it('is bad, and the store not asked, while it is waited for', async () => {
    const asked = store(() => Promise.reject(new Error('asked')))
    expect(await storeHealth(asked, () => 'connect ECONNREFUSED')()).toEqual({
      kind: 'sqlite',
      healthy: false,
      reason: 'connect ECONNREFUSED',
      latencyMs: 0,
      weaknesses: ['w'],
    })
  })

  it('is asked anew each time, but not by each of many who ask at once', async () => {
    let asked = 0
    const health = storeHealth(
      store(async () => {
        asked += 1
        await sleep(10)
      }),
    )
    await Promise.all([health(), health(), health()])
    await health()
    expect(asked).toBe(2)
  })
})

it('the health of a broker is what it answers when it is asked', async () => {
  expect(await brokerHealth({ ping: async () => {} })()).toMatchObject({ kind: 'kafka', healthy: true })
  const away = () => Promise.reject(new Error('no broker answered'))
  expect(await brokerHealth({ ping: away })()).toMatchObject({
    kind: 'kafka',
    healthy: false,
    reason: 'no broker answered',
  })
  const silent = await brokerHealth({ ping: () => new Promise(() => {}) })()
  expect(silent).toMatchObject({ healthy: false, reason: 'no answer within 500 ms' })
})
