import { describe, expect, it } from 'vitest'
import { type CommandReply, readCommand, readReply, refusalIn } from './command.ts'

const COMMAND = {
  id: '018f3c1e-0000-7000-8000-000000000001',
  saga_id: 'order-17',
  command_type: 'ProcessPayment',
  payload: { amount: 99.99 },
  idempotency_key: 'order-17/ProcessPayment/action',
  created_at: '2026-03-01T12:00:00.000Z',
}

const REPLY: CommandReply = {
  id: '018f3c1e-0000-7000-8000-000000000002',
  command_id: COMMAND.id,
  saga_id: 'order-17',
  status: 'Failed',
  result: null,
  error: 'Payment processing failed',
  created_at: '2026-03-01T12:00:01.000Z',
  code: 'PAYMENT_FAILED',
  details: { reason: 'limit' },
}

describe('a command', () => {
  it('is read as it was written, without what it does not know', () => {
    expect(readCommand(JSON.stringify({ ...COMMAND, more: 1 }))).toEqual(COMMAND)
    expect(readCommand(JSON.stringify({ ...COMMAND, payload: undefined }))).toEqual({
      ...COMMAND,
      payload: null,
    })
  })

  it('says everything that is wrong with it', () => {
    const { id: _, ...rest } = COMMAND
    expect(readCommand(JSON.stringify({ ...rest, saga_id: 7, command_type: '' }))).toEqual({
      problems: [
        { path: 'id', problem: 'is missing' },
        { path: 'saga_id', problem: 'must be a text' },
        { path: 'command_type', problem: 'must be a text' },
      ],
    })
  })

  it.each(['', '{"id":', '[]', 'null', '"text"', '\u0000'])('that is no JSON object is none: %j', (value) => {
    expect(readCommand(value)).toEqual({ problems: [{ path: 'value', problem: expect.any(String) }] })
  })
})

describe('a reply', () => {
  it('is read as it was written', () => {
    expect(readReply(JSON.stringify(REPLY))).toEqual(REPLY)
    const ongoing = { ...REPLY, status: 'Ongoing', error: null, retry_after_ms: 500, result_omitted: true }
    expect(readReply(JSON.stringify(ongoing))).toEqual(ongoing)
  })

  it('is read where it has no more than the command, the transaction and how it ended', () => {
    const { command_id, saga_id, status } = REPLY
    const least = { command_id, saga_id, status }
    const read = { ...least, id: '', result: null, error: null, created_at: '' }
    expect(readReply(JSON.stringify(least))).toEqual(read)
    expect(readReply(JSON.stringify({ ...least, id: 7, created_at: 1_700_000_000 }))).toEqual(read)
  })

  it.each(['command_id', 'saga_id', 'status'])('is none without its %s', (field) => {
    expect(readReply(JSON.stringify({ ...REPLY, [field]: undefined }))).toMatchObject({
      problems: [{ path: field }],
    })
  })

  it('says everything that is wrong with it', () => {
    expect(readReply(JSON.stringify({ ...REPLY, status: 'success', error: 7, command_id: null }))).toEqual({
      problems: [
        { path: 'status', problem: 'must be one of Success, Failed, Compensated, Ongoing, Unknown' },
        { path: 'error', problem: 'must be a text or null' },
        { path: 'command_id', problem: 'must be a text' },
      ],
    })
  })

  it('tells its refusal', () => {
    expect(refusalIn(REPLY)).toEqual({
      code: 'PAYMENT_FAILED',
      message: 'Payment processing failed',
      details: { reason: 'limit' },
    })
    expect(refusalIn({ status: 'Failed', result: null, error: null })).toEqual({})
  })
})
