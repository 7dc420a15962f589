import { BrokerUnavailable, type IncomingMessage } from '@assent/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DEAF_TOPICS_MAX, Patience, REPLY_TRIED_MS } from './patience.ts'

const ping = vi.fn(async () => {})
let patience: Patience
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  ping.mockReset()
  patience = new Patience({ ping })
})
afterEach(() => {
  vi.useRealTimers()
})

function message(): IncomingMessage {
  return { topic: 'commands', partition: 0, offset: 0n, key: '', value: '', headers: {}, timestamp: 0 }
}

describe('patience with a reply', () => {
  it('ends its time after the first try, while the broker answers', async () => {
    const tried = message()
    expect(await patience.isOver(tried, 'replies')).toBe(false)
    vi.advanceTimersByTime(REPLY_TRIED_MS - 1)
    expect(await patience.isOver(tried, 'replies')).toBe(false)
    vi.advanceTimersByTime(1)
    expect(await patience.isOver(tried, 'replies')).toBe(true)
  })

  it('begins anew when the broker was away', async () => {
    const tried = message()
    await patience.isOver(tried, 'replies')
    vi.advanceTimersByTime(REPLY_TRIED_MS)
    ping.mockRejectedValueOnce(new BrokerUnavailable('away'))
    expect(await patience.isOver(tried, 'replies')).toBe(false)
    expect(await patience.isOver(tried, 'replies')).toBe(false)
    vi.advanceTimersByTime(REPLY_TRIED_MS)
    expect(await patience.isOver(tried, 'replies')).toBe(true)
  })

  it('is not had again for the same topic, until that has taken a reply', async () => {
    const tried = message()
    await patience.isOver(tried, 'replies')
    vi.advanceTimersByTime(REPLY_TRIED_MS)
    await patience.isOver(tried, 'replies')
    expect(await patience.isOver(message(), 'replies')).toBe(true)
    expect(await patience.isOver(message(), 'other-replies')).toBe(false)
    patience.taken('replies')
    expect(await patience.isOver(message(), 'replies')).toBe(false)
  })

  it('is had again for a topic that was forgotten for others', async () => {
    const tried = message()
    await patience.isOver(tried, 'topic-0')
    vi.advanceTimersByTime(REPLY_TRIED_MS)
    for (let index = 0; index <= DEAF_TOPICS_MAX; index++) await patience.isOver(tried, `topic-${index}`)
    expect(await patience.isOver(message(), 'topic-1')).toBe(true)
    expect(await patience.isOver(message(), 'topic-0')).toBe(false)
  })
})
