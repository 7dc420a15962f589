import { describe, expect, it } from 'vitest'
import { type Broker, BrokerUnavailable, MessageInvalid, type OutgoingMessage } from './broker.ts'
import { DEAD_REASON_MAX_LENGTH, putAside } from './dead-letter.ts'

const MESSAGE = {
  topic: 'order-replies',
  partition: 2,
  offset: 2n ** 60n,
  key: 'order-17',
  value: '{"id":',
  headers: { 'assent-gid': 'order-17', 'assent-dead-reason': 'of another time' },
  timestamp: 0,
}

/** A broker that takes what `take` lets through. */
function sending(take: (message: OutgoingMessage) => void): { broker: Broker; sent: OutgoingMessage[] } {
  const sent: OutgoingMessage[] = []
  const send = async (messages: readonly OutgoingMessage[]) => {
    for (const message of messages) {
      take(message)
      sent.push(message)
    }
  }
  return { broker: { send } as unknown as Broker, sent }
}

describe('a dead letter', () => {
  it('is the message as it was, with why and where it stood', async () => {
    const { broker, sent } = sending(() => {})
    await putAside(broker, MESSAGE, { topic: 'dead', reason: 'is no JSON' })
    expect(sent).toEqual([
      {
        topic: 'dead',
        key: 'order-17',
        value: '{"id":',
        headers: {
          'assent-gid': 'order-17',
          'assent-dead-reason': 'is no JSON',
          'assent-dead-topic': 'order-replies',
          'assent-dead-partition': '2',
          'assent-dead-offset': '1152921504606846976',
        },
      },
    ])
  })

  it('goes without its value where that would be too long, so that nothing stops behind it', async () => {
    const { broker, sent } = sending(({ value }) => {
      if (value !== '') throw new MessageInvalid('too long')
    })
    await putAside(broker, MESSAGE, { topic: 'dead', reason: 'x'.repeat(5_000) })
    expect(sent).toMatchObject([{ key: 'order-17', value: '' }])
    expect(sent[0]?.headers).toEqual({
      'assent-dead-reason': 'x'.repeat(DEAD_REASON_MAX_LENGTH),
      'assent-dead-topic': 'order-replies',
      'assent-dead-partition': '2',
      'assent-dead-offset': '1152921504606846976',
      'assent-dead-value': 'left-out',
    })
  })

  it('that can not be written is an error, so that the message stays', async () => {
    const { broker } = sending(() => {
      throw new BrokerUnavailable('away')
    })
    await expect(putAside(broker, MESSAGE, { topic: 'dead', reason: 'no' })).rejects.toThrow('away')
  })
})
