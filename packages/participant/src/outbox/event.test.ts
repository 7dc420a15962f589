import { describe, expect, it } from 'vitest'
import { EVENT_MAX_BYTES, type OutboxEvent, rowOf } from './event.ts'

const event: OutboxEvent = { aggregateId: 'order-1', eventType: 'OrderCreated', eventData: { cents: 3 } }

describe('an event that is added', () => {
  it('gets an id of its own, and keeps one that it has', () => {
    expect(rowOf(event)).toMatchObject({ eventData: '{"cents":3}', topic: null, headers: null })
    expect(rowOf(event).id).not.toBe(rowOf(event).id)
    const id = 'AAAAAAAA-0000-4000-8000-000000000001'
    expect(rowOf({ ...event, id }).id).toBe(id.toLowerCase())
  })

  it.each([
    ['no key', { aggregateId: '' }, 'aggregateId'],
    ['a key that is too long', { aggregateId: 'k'.repeat(256) }, 'aggregateId'],
    ['a key that PostgreSQL can not hold', { aggregateId: 'a\0b' }, 'aggregateId'],
    ['no type', { eventType: '' }, 'eventType'],
    ['a topic that is none', { topic: 'orders/eu' }, 'topic'],
    ['an id that is no UUID', { id: '17' }, 'UUID'],
    ['a header that is no text', { headers: { retries: 3 } }, 'retries'],
    ['nothing to say', { eventData: undefined }, 'no JSON'],
    ['more than a message holds', { eventData: 'x'.repeat(EVENT_MAX_BYTES) }, 'larger'],
  ])('is refused with %s, before the business is committed', (_, wrong, why) => {
    expect(() => rowOf({ ...event, ...wrong } as OutboxEvent)).toThrow(why)
  })
})
