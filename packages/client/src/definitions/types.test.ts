import { ongoing, Refused } from '@assent/contract'
import type { Barrier } from '@assent/participant'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Assent } from '../running/assent.ts'
import { http } from './http.ts'
import type { Jsonified } from './json.ts'
import { message } from './message.ts'
import { saga } from './saga.ts'
import { unchecked } from './schema.ts'
import { tcc } from './tcc.ts'
import type { InputOf, ResultsOf, StepNameOf } from './typed.ts'
import { xa } from './xa.ts'

interface Order {
  sku: string
  quantity: number
}
const Charge = unchecked<{ chargeId: string }>() as StandardSchemaV1<unknown, { chargeId: string }>
/** Takes a text, gives a date: what is started with is not what the steps see. */
const Day = unchecked<string>() as unknown as StandardSchemaV1<string, Date>

/** What the compiler holds for us; the bodies never run. */
const order = saga('order', { version: 1, input: unchecked<Order>() })
  .step('reserve', {
    action: async ({ input, results, database, gid, signal }) => {
      expectTypeOf(input).toEqualTypeOf<Order>()
      // biome-ignore lint/complexity/noBannedTypes: no results at all
      expectTypeOf(results).toEqualTypeOf<{}>()
      expectTypeOf(database).toEqualTypeOf<undefined>()
      expectTypeOf(gid).toEqualTypeOf<string>()
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      if (input.quantity > 9) throw new Refused('OUT_OF_STOCK', 'none left', { sku: input.sku })
      return { reservationId: 'r', until: new Date(0), note: undefined as string | undefined }
    },
    compensate: ({ outcome, result }) => {
      if (outcome !== 'done') {
        expectTypeOf(outcome).toEqualTypeOf<'unknown' | 'refused' | 'none'>()
        expectTypeOf(result).toEqualTypeOf<undefined>()
        return
      }
      expectTypeOf(result).toEqualTypeOf<{ reservationId: string; until: string; note?: string }>()
    },
    timeoutMs: 10_000,
    retry: { maxAttempts: 5 },
  })
  .step('ring', {
    after: [],
    action: ({ results }) => {
      // @ts-expect-error: nothing comes before it
      results.reserve
      return Math.random() > 0.5 ? ongoing() : Math.random()
    },
  })
  .step('pack', {
    after: ['reserve', 'ring'],
    reads: ['ring'],
    action: ({ results }) => {
      expectTypeOf(results).toEqualTypeOf<{ readonly ring: number }>()
    },
  })
  .pivot('charge', http({ action: 'http://payments/charge', result: Charge }), {
    payload: ({ input, results }) => {
      // @ts-expect-error: it is not there yet, and can only be placed
      results.reserve.reservationId.length
      return { sku: input.sku, reservation: results.reserve.reservationId }
    },
  })
  .step('ship', {
    action: ({ results }) => {
      expectTypeOf(results.charge).toEqualTypeOf<{ chargeId: string }>()
      expectTypeOf(results.pack).toEqualTypeOf<undefined>()
      return { parcel: results.reserve.reservationId }
    },
  })

describe('the types of a saga', () => {
  it('carry names, input and results', () => {
    expectTypeOf<StepNameOf<typeof order>>().toEqualTypeOf<'reserve' | 'ring' | 'pack' | 'charge' | 'ship'>()
    expectTypeOf<InputOf<typeof order>>().toEqualTypeOf<Order>()
    expectTypeOf<ResultsOf<typeof order>['ship']>().toEqualTypeOf<{ parcel: string }>()
    expect(order.steps.map(({ name, pivot }) => [name, pivot])).toEqual([
      ['reserve', false],
      ['ring', false],
      ['pack', false],
      ['charge', true],
      ['ship', false],
    ])
  })

  it('have no undo behind the pivot', () => {
    const definition = () =>
      // @ts-expect-error: nothing behind the pivot is undone
      order.step('thank', { action: () => null, compensate: () => null })
    expect(definition).toThrow(/follows the pivot/)
    // @ts-expect-error: nor by another service
    expect(() => order.step('thank', http({ action: 'http://a/', compensate: 'http://a/' }))).toThrow(
      TypeError,
    )
    // @ts-expect-error: there is one pivot
    expect(() => order.pivot('again', { action: () => null })).toThrow(/second pivot/)
  })

  it('know which names there are', () => {
    // @ts-expect-error: there is a step of that name
    expect(() => order.step('ship', { action: () => null })).toThrow(/there already/)
    // @ts-expect-error: there is no step of that name
    expect(() => order.step('thank', { after: ['sip'], action: () => null })).toThrow(/no step before it/)
    const early = saga('early', { version: 1, input: unchecked<null>() }).step('a', { action: () => 1 })
    // @ts-expect-error: b does not come after a, so that its result may be missing
    early.step('b', { after: [], reads: ['a'], action: () => 1 })
  })

  it('tell what goes in from what the steps see of it', () => {
    const dated = saga('dated', { version: 1, input: Day }).step('a', {
      action: ({ input }) => expectTypeOf(input).toEqualTypeOf<string>(),
    })
    expectTypeOf<InputOf<typeof dated>>().toEqualTypeOf<string>()
  })

  it('hand a barrier’s database to its step alone', () => {
    interface Books {
      take(cents: number): number
    }
    const barrier = {} as Barrier<Books>
    saga('guarded', { version: 1, input: unchecked<null>() })
      .step('a', {
        barrier,
        action: ({ database }) => ({ left: database.take(3) }),
        compensate: ({ database }) => database.take(-3),
      })
      .step('b', {
        action: ({ database, results }) => {
          expectTypeOf(database).toEqualTypeOf<undefined>()
          expectTypeOf(results.a.left).toEqualTypeOf<number>()
        },
      })
  })
})

describe('the types of the other modes', () => {
  it('tell confirm and cancel what try came to', () => {
    const booking = tcc('booking', { version: 1, input: unchecked<Order>() }).step('seat', {
      try: () => ({ seat: 7 }),
      confirm: ({ result }) => expectTypeOf(result).toEqualTypeOf<{ seat: number }>(),
      cancel: ({ outcome, result }) => {
        if (outcome === 'done') expectTypeOf(result).toEqualTypeOf<{ seat: number }>()
      },
    })
    // @ts-expect-error: what was tried must be made final, or given back
    booking.step('hotel', { try: () => null })
    // @ts-expect-error: another service must have all three, too
    expect(() => booking.step('hotel', http({ action: 'http://hotel/' }))).toThrow(TypeError)
    expectTypeOf<StepNameOf<typeof booking>>().toEqualTypeOf<'seat'>()
  })

  it('let a saga neither be begun nor sent', () => {
    const transfer = xa('transfer', { version: 1, input: unchecked<Order>() })
      .step('debit', http({ prepare: 'http://a/', commit: 'http://a/', rollback: 'http://a/' }))
      .step('credit', {
        resource: {} as Barrier<{ query(sql: string): Promise<number> }>,
        prepare: ({ database }) => database.query('UPDATE accounts SET cents = cents + 1'),
      })
    const placed = message('placed', { version: 1, input: unchecked<Order>(), query: () => null }).step(
      'stock',
      {
        action: ({ input }) => input.quantity,
      },
    )
    const use = async (assent: Assent, input: Order) => {
      const held = await assent.begin(transfer, input)
      expectTypeOf(await held.try('debit')).toEqualTypeOf<unknown>()
      expectTypeOf(await held.try('credit')).toEqualTypeOf<number>()
      // @ts-expect-error: a saga is not held
      await assent.begin(order, input)
      // @ts-expect-error: only a message is sent
      await assent.send(order, input, { barrier: {} as never, work: () => null })
      await assent.send(placed, input, { barrier: {} as never, work: () => null })
      // @ts-expect-error: the input has another type
      await assent.run(order, { sku: 3 })
      const ended = await assent.run(order, input, { gid: 'order-1', timeoutMs: 30_000 })
      if (ended.status === 'ABORTED') {
        expectTypeOf(ended.failedBranch).toEqualTypeOf<StepNameOf<typeof order> | undefined>()
        expectTypeOf(ended.refusal.code).toEqualTypeOf<string>()
      } else {
        expectTypeOf(ended.results.ship.parcel).toEqualTypeOf<string>()
      }
    }
    expect(use).toBeTypeOf('function')
  })
})

describe('what JSON makes of a type', () => {
  it('is what arrives', () => {
    expectTypeOf<
      Jsonified<{ at: Date; no: () => void; maybe?: number; list: [Date, undefined] }>
    >().toEqualTypeOf<{
      at: string
      maybe?: number
      list: [string, null]
    }>()
    expectTypeOf<Jsonified<Map<string, number>>>().toEqualTypeOf<{ [key: string]: never }>()
    expectTypeOf<Jsonified<'a' | 3 | null>>().toEqualTypeOf<'a' | 3 | null>()
    expectTypeOf<Jsonified<{ deep: { toJSON(): { at: Date } }[] }>>().toEqualTypeOf<{
      deep: { at: string }[]
    }>()
  })
})
