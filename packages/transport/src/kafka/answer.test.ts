import { RESULT_MAX_BYTES } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { incoming, REPLY_HEADERS, reply } from '../../test/replies.ts'
import { ERROR_MAX_LENGTH } from '../answers.ts'
import { isFinal, readAnswer } from './answer.ts'
import { type Reply, readReplyMessage } from './reply.ts'

function read(given: Parameters<typeof reply>[0]) {
  const op = given?.status === 'Compensated' ? 'compensate' : 'action'
  return readAnswer(readReplyMessage(incoming(reply(given), { ...REPLY_HEADERS, 'assent-op': op })) as Reply)
}

describe('the answer that a reply tells', () => {
  it.each(['Success', 'Compensated'] as const)('is done with its result, for %s', (status) => {
    for (const result of [{ paid: true }, [], 'text', 0, false, null]) {
      expect(read({ status, result })).toEqual({ kind: 'answered', outcome: 'done', status, result })
    }
  })

  it('is done without its result where that is too long, here or for the broker', () => {
    const omitted = { kind: 'answered', outcome: 'done', status: 'Success', resultOmitted: true }
    expect(read({ result: 'x'.repeat(RESULT_MAX_BYTES) })).toEqual(omitted)
    expect(read({ result_omitted: true })).toEqual(omitted)
    const { value, ...message } = incoming(reply({ result: 'deep' }))
    const deep = value.replace('"deep"', `${'['.repeat(30_000)}${']'.repeat(30_000)}`)
    expect(readAnswer(readReplyMessage({ ...message, value: deep }) as Reply)).toEqual(omitted)
  })

  it('is refused with the reason, for Failed', () => {
    const refused = { kind: 'answered', outcome: 'refused', status: 'Failed' }
    expect(read({ status: 'Failed', error: 'too little', code: 'POOR', details: { balance: 3 } })).toEqual({
      ...refused,
      refusal: { code: 'POOR', message: 'too little', details: { balance: 3 } },
    })
    expect(read({ status: 'Failed' })).toEqual(refused)
  })

  it('is ongoing or unknown, with the pause that the service asks for', () => {
    expect(read({ status: 'Ongoing', retry_after_ms: 500.2 })).toEqual({
      kind: 'answered',
      outcome: 'ongoing',
      status: 'Ongoing',
      retryAfterMs: 501,
    })
    expect(read({ status: 'Ongoing' })).not.toHaveProperty('retryAfterMs')
    expect(read({ status: 'Unknown', error: 'the disk is full', retry_after_ms: 7 })).toEqual({
      kind: 'answered',
      outcome: 'unknown',
      status: 'Unknown',
      error: 'the disk is full',
      retryAfterMs: 7,
    })
  })

  it('never carries a long error, and says something where the service does not', () => {
    expect(read({ status: 'Unknown', error: 'x'.repeat(9_000) }).error).toHaveLength(ERROR_MAX_LENGTH + 1)
    expect(read({ status: 'Unknown' }).error).toBe('the service does not know how it ended')
  })

  it('matters whenever it comes only where it says how the operation ended', () => {
    const final = ['Success', 'Failed', 'Compensated', 'Ongoing', 'Unknown'] as const
    expect(final.map((status) => isFinal(read({ status })))).toEqual([true, true, true, false, false])
  })
})
