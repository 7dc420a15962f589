import { BrokerUnavailable, MessageInvalid, type OutgoingMessage } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { Pauses } from './pauses.ts'
import type { WaitingEvent } from './rows.ts'
import { restingOf, SEND_MAX_BYTES, type Sent, send, type Way } from './sending.ts'

const SOON_MS = 5_000

const event = (id: string, topic: string | null = 'orders'): WaitingEvent => ({
  id,
  aggregateId: 'a',
  eventType: topic === null ? `Type-${id}` : 'Happened',
  eventData: `"${id}"`,
  topic,
  headers: '{"from": "test", "assent-event-id": "forged"}',
})

/** Takes note of each send that went through; those with one of these values fail. */
function broker(failing: Record<string, Error> = {}) {
  const sends: string[][] = []
  const taken: OutgoingMessage[] = []
  return {
    sends,
    taken,
    send: async (messages: readonly OutgoingMessage[]) => {
      for (const { value } of messages) {
        const failure = failing[JSON.parse(value)]
        if (failure) throw failure
      }
      sends.push(messages.map(({ value }) => JSON.parse(value)))
      taken.push(...messages)
    },
  }
}

const sendBy = (
  taken: Way['broker'],
  events: readonly WaitingEvent[],
  {
    topicOf = () => undefined,
    pauses = new Pauses(),
    unknown = new Pauses(),
    timeoutMs = SOON_MS,
  }: Partial<Way> & { timeoutMs?: number } = {},
) => {
  const way = { broker: taken, topicOf, pauses, unknown }
  return send(way, events, restingOf(way), timeoutMs)
}

const ids = (outcome: Sent) => ({
  sent: outcome.sent.map(({ id }) => id),
  dead: outcome.dead.map(({ event: { id }, reason }) => `${id}: ${reason}`),
  failed: outcome.failed.map(({ event: { id } }) => id),
})

describe('events that are sent', () => {
  it('go in one send for each topic, in their order, and say by headers which they are', async () => {
    const taken = broker()
    const events = [event('1'), event('2', 'payments'), event('3')]
    const outcome = await sendBy(taken, events)
    expect(ids(outcome).sent.sort()).toEqual(['1', '2', '3'])
    expect(taken.sends).toEqual([['1', '3'], ['2']])
    expect(taken.taken[0]).toEqual({
      topic: 'orders',
      key: 'a',
      value: '"1"',
      headers: { from: 'test', 'assent-event-id': '1', 'assent-event-type': 'Happened' },
    })
  })

  it('go where their type is sent when they name no topic, and wait when nobody knows, with those of their key behind them', async () => {
    const taken = broker()
    const topicOf = (type: string) => {
      if (type === 'Type-3') throw new Error('out of its mind')
      return type === 'Type-1' ? 'ones' : undefined
    }
    const unknown = new Pauses()
    const events = [
      event('1', null),
      event('2', null),
      event('4'),
      { ...event('3', null), aggregateId: 'b' },
      { ...event('5'), aggregateId: 'c' },
    ]
    const outcome = await sendBy(taken, events, { topicOf, unknown })
    expect(taken.taken.map(({ topic, value }) => [topic, value])).toEqual([
      ['ones', '"1"'],
      ['orders', '"5"'],
    ])
    expect(ids(outcome)).toEqual({ sent: ['1', '5'], dead: [], failed: [] })
    expect([...outcome.unknown]).toEqual([
      ['Type-2', 'no topic is known for Type-2'],
      ['Type-3', 'topicOf threw for Type-3: out of its mind'],
    ])
    expect([...unknown.resting()]).toEqual(['Type-2', 'Type-3'])
  })

  it('are parted from one that is invalid, which alone is dead, and keep their order', async () => {
    const taken = broker({ 3: new MessageInvalid('too large'), 5: new MessageInvalid('too odd') })
    const outcome = await sendBy(
      taken,
      ['1', '2', '3', '4', '5'].map((id) => event(id)),
    )
    expect(taken.sends.flat()).toEqual(['1', '2', '4'])
    expect(ids(outcome)).toEqual({ sent: ['1', '2', '4'], dead: ['3: too large', '5: too odd'], failed: [] })
  })

  it('are parted from those with headers that are none, which other programs may have written', async () => {
    const odd = ['', 'null', '[]', '"text"', '{"version": 2}', '{"from"'].map((headers, place) => ({
      ...event(`odd-${place}`),
      headers,
    }))
    const taken = broker()
    const outcome = await sendBy(taken, [event('1'), ...odd, event('2'), { ...event('3'), headers: null }])
    expect(ids(outcome).sent).toEqual(['1', '2', '3'])
    expect(ids(outcome).dead).toEqual(odd.map(({ id }) => `${id}: its headers are no JSON object of texts`))
    expect(ids(outcome).failed).toEqual([])
  })

  it('are parted from one of which the sender throws a TypeError', async () => {
    const taken = broker({ 2: new TypeError('a key must be a text') })
    const outcome = await sendBy(
      taken,
      ['1', '2', '3'].map((id) => event(id)),
    )
    expect(ids(outcome)).toEqual({ sent: ['1', '3'], dead: ['2: a key must be a text'], failed: [] })
  })

  it('stop where the broker is away, of that topic only: nothing behind comes before', async () => {
    const taken = broker({ 1: new MessageInvalid('too large'), 3: new BrokerUnavailable('no such topic') })
    const events = [...['1', '2', '3', '4', '5', '6'].map((id) => event(id)), event('7', 'payments')]
    const { sent, dead, failed } = ids(await sendBy(taken, events))
    expect(sent).toContain('7')
    expect(dead).toEqual(['1: too large'])
    const behind = failed[0] ?? ''
    expect(failed.every((id) => id >= behind)).toBe(true)
    expect(sent.filter((id) => id !== '7').every((id) => id < behind)).toBe(true)
  })

  it('go in parts that a broker takes, however large they are', async () => {
    const taken = broker()
    const large = (id: string) => ({ ...event(id), eventData: JSON.stringify(id.padEnd(SEND_MAX_BYTES / 3)) })
    await sendBy(taken, ['1', '2', '3', '4', '5'].map(large))
    expect(taken.sends.map((part) => part.map((value) => value.trim()))).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5'],
    ])
  })

  it('wait while their topic rests, whatever their type, and those of other topics do not', async () => {
    const pauses = new Pauses()
    await sendBy(broker({ 1: new BrokerUnavailable('for a moment') }), [event('1')], { pauses })
    const taken = broker()
    const events = [{ ...event('2'), eventType: 'AnotherType' }, event('3', 'payments')]
    expect(ids(await sendBy(taken, events, { pauses }))).toEqual({ sent: ['3'], dead: [], failed: [] })
    expect(pauses.routesTo(pauses.resting()).map(({ eventType }) => eventType)).toEqual([
      'Happened',
      'AnotherType',
    ])
  })

  it('are given up for now when the broker never answers', async () => {
    const silent = { send: () => new Promise<void>(() => {}) }
    const outcome = await sendBy(silent, [event('1')], { timeoutMs: 5 })
    expect(outcome.failed).toMatchObject([{ error: { name: 'BrokerUnavailable' } }])
  })
})
