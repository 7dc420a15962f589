import { MessageInvalid, Refused } from '@assent/contract'
import { memoryBroker } from '@assent/testkit/broker'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gate } from '../../test/accounts.ts'
import { COMMANDS, DEAD_LETTERS } from '../../test/commands/caller.ts'
import { Served } from '../../test/commands/served.ts'
import { BarrierUnavailable } from '../barrier/barrier.ts'
import { runLocalPart } from '../message/message.ts'
import type { Commands } from './answer-command.ts'

let served: Served
beforeEach(async () => {
  served = await Served.open()
})
afterEach(() => served.close())

describe('a business function', () => {
  it('gets the call, the command and what it carries', async () => {
    const charge = vi.fn(async () => null)
    await served.serve({ ProcessPayment: charge })
    const headers = { 'assent-attempt': '2', traceparent: 'trace', 'assent-mode': 'saga' }
    const [id] = await served.caller.send({ payload: { amount: '99.99' }, headers })
    await served.broker.settled()
    expect(charge).toHaveBeenCalledExactlyOnceWith({
      call: {
        gid: 'order-17',
        branchId: 'pay',
        op: 'action',
        mode: 'saga',
        phase: 'one',
        attempt: 2,
        idempotencyKey: 'order-17/pay/action',
        traceparent: 'trace',
      },
      payload: { amount: '99.99' },
      database: expect.anything(),
      command: expect.objectContaining({ id, command_type: 'ProcessPayment' }),
    })
  })

  it('may undo in every mode', async () => {
    await served.serve({ Reserve: served.leaving, Confirm: served.leaving, Cancel: served.leaving })
    const statuses = await served.caller.call(
      { op: 'try', commandType: 'Reserve' },
      { op: 'confirm', commandType: 'Confirm' },
      { op: 'try', branchId: 'other', commandType: 'Reserve' },
      { op: 'cancel', branchId: 'other', commandType: 'Cancel' },
    )
    expect(statuses.map(({ status }) => status)).toEqual(['Success', 'Success', 'Success', 'Compensated'])
    expect(await served.inbox.effects()).toEqual(['try', 'confirm', 'try', 'cancel'])
  })
})

describe('a business function that does not end', () => {
  const TIMEOUT_MS = 50

  it('is answered Unknown when its time is over, told of, and the offset moves on', async () => {
    const never = () => new Promise<never>(() => {})
    const { onError } = await served.serve({ ProcessPayment: never }, { timeoutMs: TIMEOUT_MS })
    expect(await served.caller.call({})).toMatchObject([{ status: 'Unknown', code: 'TIMEOUT' }])
    expect(onError).toHaveBeenCalledExactlyOnceWith(
      new Error('the command did not end within 50 ms; it may be repeated'),
      expect.objectContaining({ topic: COMMANDS }),
    )
  })

  it('is not called again by a repeat, which is answered with what it came to in the end', async () => {
    const { passed, open } = gate()
    const charge = vi.fn<Commands<unknown>[string]>(async (work) => {
      await passed
      await served.leaving(work)
      return { paid: true }
    })
    await served.serve({ ProcessPayment: charge }, { timeoutMs: TIMEOUT_MS })
    const [first, repeat] = await served.caller.call({}, {})
    expect([first?.code, repeat?.code]).toEqual(['TIMEOUT', 'TIMEOUT'])
    open()
    await vi.waitFor(async () => {
      expect(await served.caller.call({})).toMatchObject([{ status: 'Success', result: { paid: true } }])
    })
    expect(charge).toHaveBeenCalledOnce()
    expect(await served.inbox.effects()).toEqual(['action'])
  })

  it('and fails in the end is told of', async () => {
    const { passed, open } = gate()
    const { onError } = await served.serve(
      {
        ProcessPayment: async () => {
          await passed
          throw new Error('disk on fire')
        },
      },
      { timeoutMs: TIMEOUT_MS },
    )
    await served.caller.call({})
    open()
    await vi.waitFor(() =>
      expect(onError).toHaveBeenLastCalledWith(new Error('disk on fire'), expect.anything()),
    )
  })
})

describe('a command whose type is not served', () => {
  const UNSUPPORTED = { error: 'Unsupported command type', code: 'UNSUPPORTED_COMMAND' }

  it.each(['RefundEverything', 'constructor', '__proto__'])(
    'is refused in phase one: %s',
    async (commandType) => {
      await served.serve({ ProcessPayment: served.leaving })
      expect(await served.caller.call({ commandType })).toMatchObject([{ status: 'Failed', ...UNSUPPORTED }])
    },
  )

  it('stays refused for a version of the service that has it: its caller was told', async () => {
    await served.serve({ Other: served.leaving })
    await served.caller.call({})
    await served.stop()
    await served.serve({ ProcessPayment: served.leaving })
    expect(await served.caller.call({})).toMatchObject([{ status: 'Failed', ...UNSUPPORTED }])
    expect(await served.inbox.effects()).toEqual([])
  })

  it('waits in phase two for a version of the service that has it', async () => {
    const { onError } = await served.serve({ ProcessPayment: served.leaving })
    const [, unknown] = await served.caller.call({}, { op: 'compensate' })
    expect(unknown).toMatchObject({ status: 'Unknown', ...UNSUPPORTED })
    expect(onError).toHaveBeenCalledOnce()
    await served.stop()
    await served.serve({ ProcessPayment: served.leaving, CompensatePayment: served.leaving })
    expect(await served.caller.call({ op: 'compensate' })).toMatchObject([{ status: 'Compensated' }])
    expect(await served.inbox.effects()).toEqual(['action', 'compensate'])
  })

  it('is answered as the barrier knows it where it was carried out before, or was never to be undone', async () => {
    await served.serve({ ProcessPayment: served.leaving })
    await served.caller.call({})
    await served.stop()
    await served.serve({})
    const replies = await served.caller.call({}, { branchId: 'never', op: 'compensate' })
    expect(replies.map(({ status }) => status)).toEqual(['Success', 'Compensated'])
  })
})

describe('a command without a reply topic', () => {
  const unanswered = { without: ['assent-reply-topic'] }

  it('is carried out and not answered', async () => {
    const { service } = await served.serve({ ProcessPayment: served.leaving })
    await served.caller.send(unanswered)
    await served.broker.settled()
    expect([await served.inbox.effects(), served.caller.replies()]).toEqual([['action'], []])
    expect(service.counts()).toMatchObject({ done: 1 })
  })

  it('whose business fails is given to it again, for nobody else would', async () => {
    const faults = [new Error('disk on fire')]
    const { onError } = await served.serve({
      ProcessPayment: async (work) => {
        const fault = faults.shift()
        if (fault) throw fault
        await served.leaving(work)
      },
    })
    await served.caller.send(unanswered)
    await served.broker.settled()
    expect(onError).toHaveBeenCalledOnce()
    expect(await served.inbox.effects()).toEqual(['action'])
  })

  it('and of an unknown type, or a query, is a dead letter, for nobody would hear of it', async () => {
    await served.serve({}, { answersQueries: true })
    await served.caller.send(unanswered, {
      ...unanswered,
      op: 'query',
      without: ['assent-reply-topic', 'assent-branch-id'],
    })
    await served.broker.settled()
    expect(served.caller.deadLetters().map(({ headers }) => headers['assent-dead-reason'])).toEqual([
      'an unsupported command type, without a reply topic',
      'a query without a reply topic',
    ])
    await expect(runLocalPart(served.inbox.barrier, 'order-17', () => null)).resolves.toMatchObject({
      case: 'executed',
    })
  })
})

describe('a query', () => {
  const query = { op: 'query', without: ['assent-branch-id'] }

  it('is answered by whoever sends messages: Success where the local part was done, Failed for good where not', async () => {
    await served.serve({}, { answersQueries: true })
    await runLocalPart(served.inbox.barrier, 'order-17', () => ({ mine: true }))
    const replies = await served.caller.call(query, { ...query, gid: 'order-18' })
    expect(replies).toMatchObject([
      { status: 'Success', result: null },
      { status: 'Failed', code: 'MESSAGE_ABORTED' },
    ])
  })

  it('is Unknown where nobody can say, and to a service that sends none: it gives none up', async () => {
    await served.serve({})
    expect(await served.caller.call(query)).toMatchObject([{ status: 'Unknown' }])
    const barrier = {
      run: async () => {
        throw new BarrierUnavailable('others stood in the way')
      },
    }
    await served.stop()
    await served.serve({}, { answersQueries: true, barrier })
    expect(await served.caller.call(query)).toMatchObject([{ status: 'Unknown', code: 'UNAVAILABLE' }])
    await expect(runLocalPart(served.inbox.barrier, 'order-17', () => null)).resolves.toMatchObject({
      case: 'executed',
    })
  })
})

describe('a service', () => {
  it('that is closed ends what is under way and takes no more', async () => {
    const { passed, open } = gate()
    const charge = vi.fn<Commands<unknown>[string]>(async (work) => {
      await passed
      await served.leaving(work)
    })
    const { service } = await served.serve({ ProcessPayment: charge })
    await served.caller.send({})
    await vi.waitFor(() => expect(charge).toHaveBeenCalled())
    const closing = service.close()
    await served.caller.send({ gid: 'order-18' })
    open()
    await closing
    expect(served.caller.replies()).toMatchObject([{ saga_id: 'order-17', status: 'Success' }])
    expect(await served.inbox.effects()).toEqual(['action'])
  })

  it('serves several topics, and counts what came of their commands', async () => {
    const { service } = await served.serve(
      {
        ProcessPayment: served.leaving,
        Refuse: () => {
          throw new Refused('NO')
        },
      },
      { topic: [COMMANDS, 'more-commands'] },
    )
    await served.caller.send(
      {},
      { branchId: 'other', commandType: 'Refuse' },
      { op: 'compensate', commandType: 'None' },
    )
    for (const { value, headers, key } of served.broker.messages(COMMANDS).slice(0, 1)) {
      await served.broker.send([{ topic: 'more-commands', value, headers, key }])
    }
    await served.broker.settled()
    expect(service.counts()).toEqual({ done: 2, refused: 1, ongoing: 0, unknown: 1, deadLetters: 0 })
  })

  it('makes its topics where they are missing', async () => {
    const broker = memoryBroker({ createsTopics: false })
    const { onError } = await served.serve({ ProcessPayment: served.leaving }, { broker, partitions: 2 })
    const message = { topic: COMMANDS, key: 'order-17', value: 'no command' }
    await vi.waitFor(() => broker.send([{ ...message, partition: 1 }]))
    await expect(broker.send([{ ...message, partition: 2 }])).rejects.toThrow(MessageInvalid)
    await broker.settled()
    expect(broker.messages(DEAD_LETTERS)).toMatchObject([{ value: 'no command' }])
    expect(onError).not.toHaveBeenCalled()
  })

  it('may serve topics that others made, and that it may not make', async () => {
    const createTopics = async () => {
      throw new Error('not authorised')
    }
    const { onError } = await served.serve(
      { ProcessPayment: served.leaving },
      { broker: { ...served.broker, createTopics } },
    )
    expect(await served.caller.call({})).toMatchObject([{ status: 'Success' }])
    expect(onError).toHaveBeenCalledExactlyOnceWith(new Error('not authorised'), undefined)
  })

  it.each([
    { concurrency: 0 },
    { concurrency: Number.NaN },
    { timeoutMs: 0 },
    { timeoutMs: Number.NaN },
    { timeoutMs: Number.POSITIVE_INFINITY },
    { partitions: 0 },
    { partitions: 1.5 },
    { topic: '' },
    { topic: [COMMANDS, 'no topic'] },
    { topic: 'x'.repeat(240) },
    { deadLetters: '..' },
    { topic: [] },
    { deadLetters: COMMANDS },
    { topic: [COMMANDS, DEAD_LETTERS] },
  ])('is none with %o', async (options) => {
    await expect(served.serve({ ProcessPayment: served.leaving }, options)).rejects.toThrow(TypeError)
  })

  it('resolves also while the broker is away', async () => {
    served.broker.inject({ isAway: true })
    await served.serve({ ProcessPayment: served.leaving })
    served.broker.inject({ isAway: false })
    expect(await served.caller.call({})).toMatchObject([{ status: 'Success' }])
  })
})
