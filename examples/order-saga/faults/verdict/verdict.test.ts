import { describe, expect, it } from 'vitest'
import type { Evidence, OrderRow } from '../evidence/evidence.ts'
import { verdict } from './verdict.ts'

const LAMP = '11111111-1111-1111-1111-111111111111'
const [KEPT, REFUNDED, REFUSED] = ['order-kept', 'order-refunded', 'order-refused'] as const
const row = (id: string, status: string): OrderRow => ({
  id,
  productId: LAMP,
  quantity: 2,
  amount: '99.99',
  status,
})

const EVENTS: [orderId: string, type: string][] = [
  [KEPT, 'PaymentProcessed'],
  [KEPT, 'InventoryReserved'],
  [REFUNDED, 'PaymentProcessed'],
  [REFUNDED, 'PaymentRefunded'],
]

/** An order that was approved, one whose payment was refunded, and one whose payment was refused. */
function sound(): Evidence {
  const events = EVENTS.map(([orderId, type], position) => ({
    position,
    database: 'payments',
    id: `${type} ${orderId}`,
    orderId,
    type,
    processed: true,
  }))
  return {
    told: [
      { orderId: KEPT, ends: ['approved'] },
      { orderId: 'order-never-created', ends: ['cancelled'] },
    ],
    orders: [row(KEPT, 'approved'), row(REFUNDED, 'cancelled'), row(REFUSED, 'cancelled')],
    sagas: [
      { id: 'one', orderId: KEPT, status: 'Completed', failedStep: null },
      { id: 'two', orderId: REFUNDED, status: 'Compensated', failedStep: 'inventory' },
      { id: 'three', orderId: REFUSED, status: 'Compensated', failedStep: 'payment' },
      { id: 'four', orderId: 'order-never-created', status: 'Compensated', failedStep: 'order' },
    ],
    payments: [
      { orderId: KEPT, amount: '99.99', status: 'processed' },
      { orderId: REFUNDED, amount: '99.99', status: 'refunded' },
    ],
    stock: [{ productId: LAMP, seeded: 100, available: 98, reserved: 2 }],
    reservations: [{ productId: LAMP, orderId: KEPT, quantity: 2, status: 'reserved' }],
    events,
    published: events.flatMap(({ id }) => [
      { topic: 'payment-events', id },
      { topic: 'payment-events', id },
    ]),
    deadLetters: [{ topic: 'payment-service-commands-dead-letters', found: ['?', '?'], expected: ['?'] }],
    repeats: [{ what: 'ProcessPayment of three', first: 'Failed', again: 'Failed' }],
  }
}

/** The same with something changed, by whose sentence it must be found. */
function changed(change: (evidence: Evidence) => Partial<Evidence>): string[] {
  const evidence = sound()
  return verdict({ ...evidence, ...change(evidence) })
}

it('nothing is found where every promise was kept, however often messages came', () => {
  expect(verdict(sound())).toEqual([])
})

describe('orders', () => {
  it.each<[string, (evidence: Evidence) => Partial<Evidence>, string]>([
    [
      'one that was accepted is missing',
      ({ told }) => ({ told: [...told, { orderId: 'lost', ends: [] }] }),
      'order lost was accepted and is missing',
    ],
    [
      'one has not ended',
      ({ orders }) => ({ orders: [...orders, row('open', 'created')] }),
      'order open has not ended: created',
    ],
    [
      'a saga has not ended',
      ({ sagas }) => ({
        sagas: [...sagas, { id: 'five', orderId: 'five', status: 'Compensating', failedStep: null }],
      }),
      'saga five has not ended: Compensating',
    ],
    [
      'an order and its saga disagree',
      ({ sagas }) => ({ sagas: sagas.map((saga) => ({ ...saga, status: 'Completed' })) }),
      `order ${REFUNDED} is cancelled, and its saga Completed`,
    ],
    [
      'a customer was told another end',
      () => ({ told: [{ orderId: KEPT, ends: ['cancelled', 'approved'] }] }),
      `order ${KEPT} was said to be cancelled, and is approved`,
    ],
  ])('are found when %s', (_what, change, sentence) => expect(changed(change)).toContain(sentence))
})

describe('money', () => {
  const payment = (orderId: string, status: string, amount = '99.99') => ({ orderId, amount, status })
  const paid = (...payments: Evidence['payments']) => ({ payments })
  it.each<[string, (evidence: Evidence) => Partial<Evidence>, string]>([
    [
      'an approved order is not paid for',
      () => paid(payment(REFUNDED, 'refunded')),
      `order ${KEPT} is approved and not paid for`,
    ],
    [
      'a refund was forgotten',
      () => paid(payment(KEPT, 'processed'), payment(REFUNDED, 'processed')),
      `order ${REFUNDED} is cancelled and was not refunded`,
    ],
    [
      'a late payment came through',
      ({ payments }) => paid(...payments, payment(REFUSED, 'processed')),
      `order ${REFUSED} is cancelled and was not refunded`,
    ],
    [
      'one was charged twice',
      ({ payments }) => paid(...payments, payment(KEPT, 'processed')),
      `order ${KEPT} was charged 2 times`,
    ],
    [
      'cents were lost',
      () => paid(payment(KEPT, 'processed', '99.00'), payment(REFUNDED, 'refunded')),
      `order ${KEPT} of 99.99 was charged 99.00`,
    ],
    [
      'nobody ordered what was charged',
      ({ payments }) => paid(...payments, payment('nobody', 'processed')),
      'order nobody was charged and is missing',
    ],
    [
      'one was refunded twice',
      ({ events }) => ({ events: [...events, ...events.slice(-1)] }),
      `order ${REFUNDED} was refunded 2 times, and 1 are kept`,
    ],
  ])('is found when %s', (_what, change, sentence) => expect(changed(change)).toContain(sentence))
})

describe('stock', () => {
  const lamps = (available: number, reserved: number) => ({
    stock: [{ productId: LAMP, seeded: 100, available, reserved }],
  })
  it.each<[string, (evidence: Evidence) => Partial<Evidence>, string]>([
    ['it is oversold', () => lamps(-1, 101), `${LAMP} is oversold: -1 are available`],
    ['some vanished', () => lamps(97, 2), `of 100 of ${LAMP} there are 97 available and 2 reserved`],
    ['counts differ', () => lamps(97, 3), `3 of ${LAMP} are reserved, by reservations 2`],
    [
      'an approved order has nothing',
      () => ({ reservations: [], ...lamps(100, 0) }),
      `approved order ${KEPT} of 2 has 0 reserved`,
    ],
    [
      'a cancelled order holds some',
      ({ reservations }) => ({
        reservations: [
          ...reservations,
          { productId: LAMP, orderId: REFUNDED, quantity: 1, status: 'reserved' },
        ],
      }),
      `order ${REFUNDED} is not approved and holds 1`,
    ],
    [
      'it was reserved twice',
      ({ events }) => ({ events: [...events, ...events.slice(1, 2)] }),
      `InventoryReserved ${KEPT} was done 2 times`,
    ],
  ])('is found when %s', (_what, change, sentence) => expect(changed(change)).toContain(sentence))
})

describe('messages', () => {
  it.each<[string, (evidence: Evidence) => Partial<Evidence>, RegExp]>([
    [
      'one was never relayed',
      ({ events }) => ({ events: events.map((event) => ({ ...event, processed: false })) }),
      /^PaymentProcessed .* waits in the outbox of payments$/,
    ],
    ['one is in no topic', () => ({ published: [] }), /^PaymentRefunded .* is in no topic$/],
    [
      'one tells what never happened',
      ({ published }) => ({ published: [...published, { topic: 'order-events', id: 'never' }] }),
      /^event never is in no outbox$/,
    ],
    [
      'two of one order changed places',
      ({ published }) => ({ published: published.toReversed() }),
      /^PaymentRefunded of order-refunded came before what was written before it$/,
    ],
    [
      'a good one was given up',
      () => ({ deadLetters: [{ topic: 'dead', found: ['good'], expected: [] }] }),
      /^dead has good$/,
    ],
    [
      'an unreadable one vanished',
      () => ({ deadLetters: [{ topic: 'dead', found: [], expected: ['?'] }] }),
      /^dead lacks \?$/,
    ],
    [
      'a repeat is answered otherwise',
      () => ({ repeats: [{ what: 'ProcessPayment', first: 'Failed', again: 'Success' }] }),
      /^ProcessPayment was answered Failed, and Success when it came again$/,
    ],
  ])('are found when %s', (_what, change, sentence) =>
    expect(changed(change)).toContainEqual(expect.stringMatching(sentence)),
  )
})
