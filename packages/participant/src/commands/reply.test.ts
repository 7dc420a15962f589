import { readReply } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { contentOf, replyMessage, shortened } from './reply.ts'

describe('what a reply says', () => {
  it.each(['action', 'try', 'confirm', 'prepare', 'commit', 'query'] as const)(
    'of %s that is done is Success',
    (op) => {
      const content = contentOf(op, { outcome: 'done', result: { left: 70 } })
      expect(content).toEqual({ status: 'Success', result: { left: 70 }, error: null })
    },
  )

  it.each(['compensate', 'cancel', 'rollback'] as const)('of %s that is done is Compensated', (op) => {
    expect(contentOf(op, { outcome: 'done' })).toEqual({ status: 'Compensated', result: null, error: null })
  })

  it('of a refusal is all that it tells', () => {
    const refusal = { code: 'NO_FUNDS', message: 'has 3', details: { cents: 3 } }
    expect(contentOf('action', { outcome: 'refused', refusal })).toEqual({
      status: 'Failed',
      result: null,
      error: 'has 3',
      code: 'NO_FUNDS',
      details: { cents: 3 },
    })
    expect(contentOf('action', { outcome: 'refused', refusal: { code: 'CLOSED' } })).toEqual({
      status: 'Failed',
      result: null,
      error: 'CLOSED',
      code: 'CLOSED',
    })
  })

  it('of work that goes on is when to ask again, where the service says so', () => {
    expect(contentOf('action', { outcome: 'ongoing', retryAfterMs: 500 })).toEqual({
      status: 'Ongoing',
      result: null,
      error: null,
      retry_after_ms: 500,
    })
    expect(contentOf('action', { outcome: 'ongoing' })).not.toHaveProperty('retry_after_ms')
  })
})

describe('a reply that is too large', () => {
  it('says that there is a result, without it', () => {
    expect(shortened(contentOf('action', { outcome: 'done', result: 'long' }))).toEqual({
      status: 'Success',
      result: null,
      error: null,
      result_omitted: true,
    })
    const nothing = contentOf('action', { outcome: 'done' })
    expect(shortened(nothing)).toEqual(nothing)
  })

  it('keeps the words of a refusal', () => {
    const refusal = { code: 'NO_FUNDS', message: 'has 3', details: 'long' }
    expect(shortened(contentOf('action', { outcome: 'refused', refusal }))).toEqual({
      status: 'Failed',
      result: null,
      error: 'has 3',
      code: 'NO_FUNDS',
    })
  })
})

describe('the message of a reply', () => {
  const headers = {
    'assent-gid': 'order-17',
    'assent-branch-id': 'pay',
    'assent-op': 'action',
    'assent-attempt': '2',
    'assent-reply-topic': 'order-replies',
    'assent-reply-partition': '2',
    'idempotency-key': 'order-17/pay/action',
    authorization: 'secret',
  }
  const message = replyMessage(
    { gid: 'order-17', commandId: 'command-1', headers },
    { topic: 'order-replies', partition: 2 },
    contentOf('action', { outcome: 'done', result: { left: 70 } }),
    { id: 'reply-1', at: new Date('2026-03-01T12:00:00Z') },
  )

  it('goes where the command says, by its gid, and names its call', () => {
    expect(message).toMatchObject({
      topic: 'order-replies',
      partition: 2,
      key: 'order-17',
      headers: {
        'assent-gid': 'order-17',
        'assent-branch-id': 'pay',
        'assent-op': 'action',
        'assent-attempt': '2',
      },
    })
  })

  it('takes with it nothing else that the command brought', () => {
    expect(Object.keys(message.headers ?? {})).toHaveLength(4)
  })

  it('is read as it is meant', () => {
    expect(readReply(message.value)).toEqual({
      id: 'reply-1',
      command_id: 'command-1',
      saga_id: 'order-17',
      status: 'Success',
      result: { left: 70 },
      error: null,
      created_at: '2026-03-01T12:00:00.000Z',
    })
  })
})
