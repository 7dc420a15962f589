import { describe, expect, it } from 'vitest'
import { callTo } from '../../test/calls.ts'
import { commandMessage } from './request.ts'

const ADDRESS = { topic: 'payments', commandType: 'ProcessPayment' }
const SENDING = { id: 'c-1', at: Date.parse('2026-03-01T12:00:00Z'), replies: 'order-replies', partition: 2 }

describe('the message of a command', () => {
  it('carries the call in the fields of a command, under the key of its transaction', () => {
    const headers = {
      ...callTo('').headers,
      'idempotency-key': 'transfer-1/debit/action',
      traceparent: '00-1',
    }
    const { value, ...message } = commandMessage(callTo('', { headers }), ADDRESS, SENDING)
    expect(message).toEqual({
      topic: 'payments',
      key: 'transfer-1',
      headers: { ...headers, 'assent-reply-topic': 'order-replies', 'assent-reply-partition': '2' },
    })
    expect(JSON.parse(value)).toEqual({
      id: 'c-1',
      saga_id: 'transfer-1',
      command_type: 'ProcessPayment',
      payload: { amount: 30 },
      idempotency_key: 'transfer-1/debit/action',
      created_at: '2026-03-01T12:00:00.000Z',
    })
  })

  it('has null for a call without a body, and names no partition where none is read', () => {
    const call = callTo('', { body: undefined })
    const { value, headers } = commandMessage(call, ADDRESS, { ...SENDING, partition: undefined })
    expect(JSON.parse(value).payload).toBeNull()
    expect(headers).not.toHaveProperty('assent-reply-partition')
  })
})
