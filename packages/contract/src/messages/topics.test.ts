import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BrokerUnavailable } from './broker.ts'
import { makeTopics, TOPICS_PAUSE_MAX_MS, TOPICS_PAUSE_MS } from './topics.ts'

const TOPICS = [{ topic: 'commands', partitions: 3 }]
const away = new BrokerUnavailable('away')
const createTopics = vi.fn(async () => {})
const onError = vi.fn()
const how = {
  after(ms: number, callback: () => void) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  onError,
}
beforeEach(() => {
  vi.useFakeTimers()
  createTopics.mockReset()
  onError.mockReset()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('topics', () => {
  it('are made once', async () => {
    makeTopics({ createTopics }, TOPICS, how)
    await vi.advanceTimersByTimeAsync(TOPICS_PAUSE_MAX_MS)
    expect(createTopics).toHaveBeenCalledExactlyOnceWith(TOPICS)
    expect(onError).not.toHaveBeenCalled()
  })

  it('are tried again until they are there, and each failure is told', async () => {
    createTopics.mockRejectedValueOnce(away).mockRejectedValueOnce(away)
    makeTopics({ createTopics }, TOPICS, how)
    await vi.advanceTimersByTimeAsync(TOPICS_PAUSE_MS)
    expect(createTopics).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(2 * TOPICS_PAUSE_MS)
    expect(createTopics).toHaveBeenCalledTimes(3)
    expect(onError.mock.calls).toEqual([[away], [away]])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that are never there are tried once in a while', async () => {
    createTopics.mockRejectedValue(away)
    makeTopics({ createTopics }, TOPICS, how)
    await vi.advanceTimersByTimeAsync(5 * TOPICS_PAUSE_MAX_MS)
    createTopics.mockClear()
    await vi.advanceTimersByTimeAsync(3 * TOPICS_PAUSE_MAX_MS)
    expect(createTopics).toHaveBeenCalledTimes(3)
  })

  it('are not made any more when that is over, and nothing is told', async () => {
    let fail = (_: Error): void => {}
    createTopics.mockReturnValueOnce(
      new Promise((_, reject) => {
        fail = reject
      }),
    )
    const end = makeTopics({ createTopics }, TOPICS, how)
    end()
    fail(away)
    await vi.advanceTimersByTimeAsync(TOPICS_PAUSE_MAX_MS)
    expect(createTopics).toHaveBeenCalledOnce()
    expect(onError).not.toHaveBeenCalled()
  })
})
