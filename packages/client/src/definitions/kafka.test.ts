import { describe, expect, expectTypeOf, it } from 'vitest'
import { requestOf } from '../running/request.ts'
import { kafka } from './kafka.ts'
import { saga } from './saga.ts'
import { unchecked } from './schema.ts'
import { tcc } from './tcc.ts'
import { xa } from './xa.ts'

const settings = { version: 1, input: unchecked<{ amount: string }>() }
const address = 'local:'
/** What the types would refuse, as plain JavaScript says it. */
const untyped = (value: unknown) => value as never

describe('a step that is done on command', () => {
  it('is a branch with a URL for each command, and whatever else a step may say', async () => {
    const order = saga('order', settings)
      .step(
        'create',
        kafka({ topic: 'order-service-commands', action: 'CreateOrder', compensate: 'CancelOrder' }),
      )
      .step(
        'pay',
        kafka({
          topic: 'payment-service-commands',
          action: 'ProcessPayment',
          compensate: 'CompensatePayment',
          headers: { 'x-tenant': 'a' },
        }),
        { payload: ({ input }) => ({ amount: input.amount }), timeoutMs: 3_000 },
      )
    expect((await requestOf(order, { amount: '99.99' }, { address })).branches).toEqual([
      {
        branchId: 'create',
        action: 'kafka:order-service-commands/CreateOrder',
        compensate: 'kafka:order-service-commands/CancelOrder',
      },
      {
        branchId: 'pay',
        action: 'kafka:payment-service-commands/ProcessPayment',
        compensate: 'kafka:payment-service-commands/CompensatePayment',
        headers: { 'x-tenant': 'a' },
        payload: { amount: '99.99' },
        timeoutMs: 3_000,
        after: ['create'],
      },
    ])
  })

  it('has the operations of its mode', async () => {
    const booking = tcc('booking', settings).step(
      'seat',
      kafka({ topic: 'seats', try: 'Hold', confirm: 'Take', cancel: 'Free' }),
    )
    const transfer = xa('transfer', settings).step(
      'debit',
      kafka({ topic: 'bank', prepare: 'Prepare', commit: 'Commit', rollback: 'Rollback' }),
    )
    expect((await requestOf(booking, { amount: '1' }, { address })).branches).toEqual([
      {
        branchId: 'seat',
        action: 'kafka:seats/Hold',
        confirm: 'kafka:seats/Take',
        cancel: 'kafka:seats/Free',
      },
    ])
    expect((await requestOf(transfer, { amount: '1' }, { address })).branches).toEqual([
      {
        branchId: 'debit',
        action: 'kafka:bank/Prepare',
        commit: 'kafka:bank/Commit',
        rollback: 'kafka:bank/Rollback',
      },
    ])
    // @ts-expect-error: what was tried must be made final, or given back
    expect(booking.step('hotel', kafka({ topic: 'hotels', try: 'Hold' }))).toBeDefined()
    // @ts-expect-error: an action is no try
    expect(() => booking.step('hotel', kafka({ topic: 'hotels', action: 'Hold' }))).toThrow('has no try')
  })

  it('has nothing to undo behind the pivot', () => {
    const topic = 'parcels'
    const order = saga('order', settings).pivot('pay', kafka({ topic, action: 'Pay' }))
    // @ts-expect-error: it could not be called
    const late = () => order.step('ship', kafka({ topic, action: 'Ship', compensate: 'CallBack' }))
    expect(late).toThrow(/follows the pivot/)
  })

  it('has a result of the type of its schema', () => {
    const Payment = unchecked<{ paymentId: string }>()
    saga('order', settings)
      .step('pay', kafka({ topic: 'payments', action: 'Pay', result: Payment }))
      .step('ship', {
        action: ({ results }) => expectTypeOf(results.pay).toEqualTypeOf<{ paymentId: string }>(),
      })
    // @ts-expect-error: a step does something
    expect(() => saga('order', settings).step('pay', kafka({ topic: 'payments' }))).toThrow('has no action')
    // @ts-expect-error: a command goes somewhere
    expect(() => kafka({ action: 'Pay' })).toThrow('undefined is no topic')
  })

  it.each(['', '.', '..', 'a/b', 'a b', 'ä', 't'.repeat(250), 7])('has no topic such as %j', (topic) => {
    expect(() => kafka({ topic: untyped(topic), action: 'Pay' })).toThrow(/is no topic of Kafka/)
  })

  it.each(['', 'a/b', 'a b', 'a?b', 'ä', 'T'.repeat(129), 7, null])('has no command such as %j', (action) => {
    expect(() => kafka({ topic: 'payments', action: untyped(action) })).toThrow(
      /is no type of a command, for action/,
    )
  })
})
