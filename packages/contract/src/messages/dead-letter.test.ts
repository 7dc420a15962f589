import { describe, expect, it } from 'vitest'
import { type IncomingMessage, MessageInvalid, type OutgoingMessage } from './broker.ts'
import {
  DEAD_KEY_MAX_LENGTH,
  DEAD_REASON_MAX_LENGTH,
  deadLetterOf,
  sendDeadLetter,
  shortDeadLetterOf,
} from './dead-letter.ts'

const MESSAGE: IncomingMessage = {
  topic: 'payments',
  partition: 2,
  offset: 9_007_199_254_740_993n,
  key: 'order-17',
  value: '{"id":',
  headers: { 'assent-gid': 'order-17', more: '1' },
  timestamp: 1_700_000_000_000,
}

const PLACE = {
  'assent-dead-reason': 'value is no JSON',
  'assent-dead-topic': 'payments',
  'assent-dead-partition': '2',
  'assent-dead-offset': '9007199254740993',
}

describe('a dead letter', () => {
  it('is the message as it came, with why and where from', () => {
    expect(deadLetterOf(MESSAGE, 'value is no JSON')).toEqual({
      topic: 'payments-dead-letters',
      key: 'order-17',
      value: '{"id":',
      headers: { 'assent-gid': 'order-17', more: '1', ...PLACE },
    })
    expect(deadLetterOf(MESSAGE, 'value is no JSON', 'graveyard').topic).toBe('graveyard')
  })

  it.each([{ key: 'order-\uFFFD' }, { value: '\uFFFD\uFFFD' }, { headers: { more: '1\uFFFD' } }])(
    'says that bytes of it may have been replaced: %j',
    (received) => {
      const message = { ...MESSAGE, ...received }
      const { headers, ...letter } = deadLetterOf(message, 'value is no JSON')
      expect(letter).toEqual({ topic: 'payments-dead-letters', key: message.key, value: message.value })
      expect(headers).toEqual({ ...message.headers, ...PLACE, 'assent-dead-content': 'altered' })
    },
  )

  it('that would be too large says where the message is, and no more', () => {
    expect(shortDeadLetterOf(MESSAGE, 'value is no JSON')).toEqual({
      topic: 'payments-dead-letters',
      key: 'order-17',
      value: '',
      headers: { ...PLACE, 'assent-dead-content': 'omitted' },
    })
  })

  it('fits also where it is the key that is too large', () => {
    const { key } = shortDeadLetterOf({ ...MESSAGE, key: 'x'.repeat(1024 * 1024) }, 'value is no JSON')
    expect(key).toHaveLength(DEAD_KEY_MAX_LENGTH)
  })

  it('has a reason of bounded length', () => {
    const { headers } = deadLetterOf(MESSAGE, 'x'.repeat(DEAD_REASON_MAX_LENGTH + 1))
    expect(headers?.['assent-dead-reason']).toHaveLength(DEAD_REASON_MAX_LENGTH)
  })

  it('is sent short where it is too large, and not at all where that is refused too', async () => {
    const sent: OutgoingMessage[] = []
    const taking = (most: number) => ({
      async send([message]: readonly OutgoingMessage[]) {
        if (message === undefined || message.value.length > most) throw new MessageInvalid('too large')
        sent.push(message)
      },
    })
    await sendDeadLetter(taking(6), MESSAGE, 'no JSON', 'graveyard')
    await sendDeadLetter(taking(0), MESSAGE, 'no JSON', 'graveyard')
    expect(sent).toEqual([
      deadLetterOf(MESSAGE, 'no JSON', 'graveyard'),
      shortDeadLetterOf(MESSAGE, 'no JSON', 'graveyard'),
    ])
    await expect(sendDeadLetter(taking(-1), MESSAGE, 'no JSON')).rejects.toThrow(MessageInvalid)
  })
})
