import { describe, expect, it } from 'vitest'
import { incoming, reply } from '../../test/replies.ts'
import { readReplyMessage } from './reply.ts'

describe('a message of the replies', () => {
  it('says how a call ended, and by its headers which', () => {
    const content = reply({ result: { paid: true } })
    const message = incoming(content)
    expect(readReplyMessage(message)).toEqual({
      answered: { gid: 'transfer-1', branchId: 'debit', op: 'action' },
      content,
      bytes: Buffer.byteLength(message.value),
    })
  })

  it('is of no branch where it answers a query', () => {
    const headers = { 'assent-gid': 'transfer-1', 'assent-op': 'query' }
    const answered = { gid: 'transfer-1', op: 'query' }
    expect(readReplyMessage(incoming(reply(), headers))).toHaveProperty('answered', answered)
    const empty = { ...headers, 'assent-branch-id': '' }
    expect(readReplyMessage(incoming(reply(), empty))).toHaveProperty('answered', answered)
  })

  it.each([
    ['no JSON', { ...incoming(reply()), value: '{"id":' }, 'value is no JSON'],
    ['no bytes', { ...incoming(reply()), value: '' }, 'value is no JSON'],
    ['no status that there is', incoming({ ...reply(), status: 'DONE' as never }), /^status must be one of/],
    ['no headers', incoming(reply(), {}), 'the header assent-gid names no transaction'],
    ['a gid that is none', incoming(reply(), { 'assent-gid': '../x' }), /assent-gid/],
    ['two transactions', incoming(reply({ saga_id: 'transfer-2' })), /name two transactions/],
    ['an operation that is none', incoming(reply(), { 'assent-gid': 'transfer-1' }), /assent-op/],
    ['an undo that was none', incoming(reply({ status: 'Compensated' })), 'Compensated answers no action'],
    [
      'no branch',
      incoming(reply(), { 'assent-gid': 'transfer-1', 'assent-op': 'action' }),
      'the header assent-branch-id names no branch',
    ],
  ])('with %s is none, and it is said why', (_what, message, reason) => {
    const read = readReplyMessage(message)
    expect('reason' in read && read.reason).toEqual(
      typeof reason === 'string' ? reason : expect.stringMatching(reason),
    )
  })

  it('tells which command it may be meant for, as far as it can be read', () => {
    expect(readReplyMessage(incoming(reply(), {}))).toMatchObject({ commandId: 'c-1' })
    expect(readReplyMessage(incoming(reply({ status: 'DONE' as never })))).toMatchObject({ commandId: 'c-1' })
    for (const value of ['null', '7', '{"command_id":7}', '{"command_id":']) {
      expect(readReplyMessage({ ...incoming(reply()), value })).not.toHaveProperty('commandId')
    }
  })
})
