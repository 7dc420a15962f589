import { BrokerUnavailable, MessageInvalid } from '@assent/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { COMMANDS, DEAD_LETTERS, failingTo } from '../../test/commands/caller.ts'
import { Served } from '../../test/commands/served.ts'
import type { CommandServiceOptions } from './serve-commands.ts'

let served: Served
beforeEach(async () => {
  served = await Served.open()
})
afterEach(() => served.close())

async function serve(options: Partial<CommandServiceOptions<unknown>> = {}) {
  const charge = vi.fn(() => ({ paid: true }))
  return { charge, ...(await served.serve({ ProcessPayment: charge, CompensatePayment: charge }, options)) }
}

describe('a command that can’t be read', () => {
  it('goes to the dead letters as it came, with the reason, and is counted', async () => {
    const { service, charge, onDeadLetter } = await serve()
    await served.caller.send({ value: '{"id":', headers: { authorization: 'mine' } })
    await served.broker.settled()
    const [sent] = served.broker.messages(COMMANDS)
    expect(served.caller.deadLetters()).toMatchObject([
      {
        key: 'order-17',
        value: '{"id":',
        headers: {
          ...sent?.headers,
          'assent-dead-reason': 'value is no JSON',
          'assent-dead-topic': COMMANDS,
          'assent-dead-partition': String(sent?.partition),
          'assent-dead-offset': '0',
        },
      },
    ])
    expect(onDeadLetter).toHaveBeenCalledExactlyOnceWith(sent, 'value is no JSON')
    expect(service.counts()).toMatchObject({ deadLetters: 1 })
    expect(charge).not.toHaveBeenCalled()
  })

  it('is refused in phase one, and stays so: no repeat of it can be read', async () => {
    await serve()
    const refused = { status: 'Failed', code: 'INVALID_REQUEST', error: 'command_type is missing' }
    await served.caller.call({ command: { command_type: undefined } })
    const details = [{ path: 'command_type', problem: 'is missing' }]
    expect(served.caller.replies()).toMatchObject([{ ...refused, details, saga_id: 'order-17' }])
    expect(served.caller.replyMessages()[0]?.headers).toMatchObject({
      'assent-gid': 'order-17',
      'assent-op': 'action',
    })
    expect(await served.caller.call({})).toMatchObject([refused])
  })

  it('is Unknown in phase two, which must finish, and where it was carried out before it is answered as then', async () => {
    await serve()
    await served.caller.call({})
    await served.caller.call({ op: 'compensate', value: '' }, { value: '' })
    expect(served.caller.replies().slice(1)).toMatchObject([
      { status: 'Unknown', code: 'INVALID_REQUEST' },
      { status: 'Success', result: { paid: true } },
    ])
  })

  it('gives no message up where it is a query', async () => {
    await serve({ answersQueries: true })
    await served.caller.call({ op: 'query', value: '', without: ['assent-branch-id'] })
    expect(served.caller.replies()).toMatchObject([{ status: 'Unknown', code: 'INVALID_REQUEST' }])
  })

  it.each([
    ['has no gid', { without: ['assent-gid'] }, 'assent-gid is missing'],
    [
      'is of another transaction than it says',
      { command: { saga_id: 'other' } },
      'saga_id is not the assent-gid',
    ],
    [
      'wants its reply where no topic is',
      { headers: { 'assent-reply-topic': '..' } },
      'assent-reply-topic is no name of a topic',
    ],
  ])('is not answered where it %s', async (_, sending, reason) => {
    const { charge } = await serve()
    expect(await served.caller.call(sending)).toEqual([])
    expect(served.caller.deadLetters()).toMatchObject([{ headers: { 'assent-dead-reason': reason } }])
    expect(charge).not.toHaveBeenCalled()
  })

  it('holds up nobody behind it', async () => {
    await serve()
    expect(await served.caller.call({ value: '' }, { branchId: 'other' })).toMatchObject([
      { status: 'Success' },
    ])
  })

  it('is kept where it is until the dead letters take it', async () => {
    const failures = [new BrokerUnavailable('there is no such topic')]
    const { service, onError } = await serve({
      broker: failingTo(served.broker, DEAD_LETTERS, () => failures.shift()),
    })
    await served.caller.send({ value: '' })
    await served.broker.settled()
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(BrokerUnavailable), expect.anything())
    expect(served.caller.deadLetters()).toHaveLength(1)
    expect(service.counts()).toMatchObject({ deadLetters: 1 })
  })

  it('leaves where it is among the dead letters, where it is too large for them', async () => {
    const failures = [new MessageInvalid('too large')]
    await serve({ broker: failingTo(served.broker, DEAD_LETTERS, () => failures.shift()) })
    await served.caller.send({ value: 'no command' })
    await served.broker.settled()
    expect(served.caller.deadLetters()).toMatchObject([
      { value: '', headers: { 'assent-dead-offset': '0', 'assent-dead-content': 'omitted' } },
    ])
  })

  it('goes to the topic that the service names', async () => {
    await serve({ deadLetters: 'graveyard' })
    await served.caller.send({ value: '' })
    await served.broker.settled()
    expect(served.broker.messages('graveyard')).toHaveLength(1)
  })
})

describe('whoever is told', () => {
  it('and fails holds up no command', async () => {
    const failing = vi.fn(() => {
      throw new Error('no room for logs')
    })
    const written = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { service, charge } = await serve({ onError: failing, onDeadLetter: failing })
    charge.mockImplementationOnce(() => {
      throw new Error('disk on fire')
    })
    await served.caller.send({ value: '' }, { branchId: 'other' })
    await served.broker.settled()
    expect(failing).toHaveBeenCalledTimes(2)
    expect(written).toHaveBeenCalledTimes(2)
    written.mockRestore()
    expect(service.counts()).toMatchObject({ unknown: 1, refused: 1, deadLetters: 1 })
  })

  it('is stderr, unless it is said otherwise', async () => {
    const written = vi.spyOn(console, 'error').mockImplementation(() => {})
    await serve({ onError: undefined, onDeadLetter: undefined })
    await served.caller.send({ value: '' })
    await served.broker.settled()
    expect(written).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(
        /^action of branch pay of order-17 \(payment-service-commands, partition \d, offset 0\) went to the dead letters: value is no JSON$/,
      ),
    )
    written.mockRestore()
  })
})
