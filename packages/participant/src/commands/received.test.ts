import { describe, expect, it } from 'vitest'
import { readReceived } from './received.ts'

const COMMAND = {
  id: '018f3c1e-0000-7000-8000-000000000001',
  saga_id: 'order-17',
  command_type: 'ProcessPayment',
  payload: { amount: '99.99' },
  idempotency_key: 'order-17/pay/action',
  created_at: '2026-03-01T12:00:00.000Z',
}

const HEADERS = {
  'assent-gid': 'order-17',
  'assent-branch-id': 'pay',
  'assent-op': 'action',
  'assent-mode': 'saga',
  'assent-phase': 'one',
  'idempotency-key': 'order-17/pay/action',
  'assent-reply-topic': 'order-replies',
  'assent-reply-partition': '2',
}

const CALL = {
  gid: 'order-17',
  branchId: 'pay',
  op: 'action',
  mode: 'saga',
  phase: 'one',
  idempotencyKey: 'order-17/pay/action',
}

function read(changes: {
  command?: object
  headers?: Record<string, string>
  value?: string
  without?: string
}) {
  const headers: Record<string, string> = { ...HEADERS, ...changes.headers }
  if (changes.without !== undefined) delete headers[changes.without]
  return readReceived({ value: changes.value ?? JSON.stringify({ ...COMMAND, ...changes.command }), headers })
}

describe('a message of a topic of commands', () => {
  it('is a command, the call that it is, and where its reply goes', () => {
    const address = { topic: 'order-replies', partition: 2 }
    expect(read({})).toEqual({ asked: CALL, command: COMMAND, address })
  })

  it('needs no key among its headers', () => {
    const { idempotencyKey: _, ...call } = CALL
    expect(read({ without: 'idempotency-key' })).toMatchObject({ asked: call, command: COMMAND })
  })

  it.each([
    ['any partition', 'x'],
    ['any partition', '-1'],
    ['any partition', ''],
  ])('is answered in %s where that of its headers is %j', (_, partition) => {
    expect(read({ headers: { 'assent-reply-partition': partition } })).toMatchObject({
      command: COMMAND,
      address: { topic: 'order-replies' },
    })
  })

  it('without a reply topic is not answered', () => {
    expect(read({ without: 'assent-reply-topic' })).toEqual({
      asked: CALL,
      command: COMMAND,
      address: undefined,
    })
  })

  it('may be the query of a message, which is of no branch', () => {
    const asked = { gid: 'order-17', op: 'query' }
    expect(read({ headers: { 'assent-op': 'query' }, without: 'assent-branch-id' })).toMatchObject({ asked })
  })
})

describe('a message that can’t be read', () => {
  it('says which call it was where its headers do', () => {
    expect(read({ value: '{"id":' })).toEqual({
      problems: [{ path: 'value', problem: 'is no JSON' }],
      askedBy: { asked: CALL, address: { topic: 'order-replies', partition: 2 } },
    })
  })

  it('names everything that is wrong with it', () => {
    expect(read({ command: { command_type: 7 }, headers: { 'assent-op': 'confirm' } })).toEqual({
      problems: [
        { path: 'assent-op', problem: 'must be one of action, compensate in saga mode' },
        { path: 'command_type', problem: 'must be a text' },
      ],
    })
  })

  it('has no call where what it says contradicts itself', () => {
    expect(read({ command: { saga_id: 'order-18', idempotency_key: 'other' } })).toEqual({
      problems: [
        { path: 'saga_id', problem: 'is not the assent-gid' },
        { path: 'idempotency_key', problem: 'is not that of the header' },
      ],
    })
  })

  it('has no call where its reply topic is none', () => {
    expect(read({ headers: { 'assent-reply-topic': 'a topic' } })).toEqual({
      problems: [{ path: 'assent-reply-topic', problem: 'is no name of a topic' }],
    })
  })
})
