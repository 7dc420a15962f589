import { BrokerUnavailable, MessageInvalid } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { codesOf, failureOf, isMissingTopic } from './failure.ts'
import { Pause } from './pause.ts'
import { within } from './within.ts'

const told = (message: string, codes: object = {}) => Object.assign(new Error(message), codes)

describe('a failure of the library', () => {
  it('has the codes of all that it wraps', () => {
    const inner = told('inner', { apiId: 'NOT_LEADER_OR_FOLLOWER' })
    const outer = new AggregateError([
      told('other', { code: 'PLT_KFK_NETWORK' }),
      told('outer', { cause: inner }),
    ])
    expect([...codesOf(outer)].sort()).toEqual(['NOT_LEADER_OR_FOLLOWER', 'PLT_KFK_NETWORK'])
    expect(codesOf('no error').size).toBe(0)
  })

  it('is invalid where a message is too large, else unavailable with the innermost reasons, each once', () => {
    expect(failureOf(told('', { apiId: 'MESSAGE_TOO_LARGE' }), 'sending')).toBeInstanceOf(MessageInvalid)
    const failure = failureOf(
      new AggregateError([told('a'), told('b'), told('a')], 'failed 3 times'),
      'sending',
    )
    expect(failure).toBeInstanceOf(BrokerUnavailable)
    expect(failure.message).toBe('sending: a; b')
    expect(failureOf(failure, 'again')).toBe(failure)
    const refused = told('connection failed', { cause: told('wrong password') })
    expect(failureOf(refused, 'sending').message).toBe('sending: connection failed (wrong password)')
  })

  it('says whether a topic is missing', () => {
    expect(isMissingTopic(told('Unknown topic orders.'))).toBe(true)
    expect(isMissingTopic(new AggregateError([told('Unknown topic orders.')]))).toBe(true)
    expect(isMissingTopic(told('no', { apiId: 'UNKNOWN_TOPIC_OR_PARTITION' }))).toBe(true)
    expect(isMissingTopic(told('no', { apiId: 'UNKNOWN_TOPIC_ID' }))).toBe(true)
    expect(isMissingTopic(told('connection lost'))).toBe(false)
  })
})

describe('a wait', () => {
  it('has an end', async () => {
    await expect(within(5, 'asking', new Promise(() => {}))).rejects.toThrow('asking: no answer within 5 ms')
    await expect(within(5_000, 'asking', Promise.resolve(1))).resolves.toBe(1)
  })

  it('between attempts can be cut short', async () => {
    const pause = new Pause(60_000, 120_000)
    expect(pause.isFresh).toBe(true)
    const waited = pause.wait()
    expect(pause.isFresh).toBe(false)
    pause.cut()
    await waited
    pause.reset()
    expect(pause.isFresh).toBe(true)
  })
})
