import { http, saga, unchecked } from '@assent/client'
import { describe, expect, it } from 'vitest'
import { memoryBarrier } from '../barrier/memory-barrier.ts'
import { type Fakes, withFakes } from './fakes.ts'
import { rehearse } from './rehearse.ts'

interface Charge {
  chargeId: string
}

/** Lets pass what has a `chargeId`. */
const chargeSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'object' && value !== null && 'chargeId' in value
        ? { value: value as Charge }
        : { issues: [{ message: 'has no chargeId' }] },
  },
} as const

const order = saga('order', { version: 1, input: unchecked<{ amount: number }>() }).step(
  'charge',
  http({ action: 'http://pay/charge', compensate: 'http://pay/refund', result: chargeSchema }),
)

describe('a fake in place of a step that is URLs', () => {
  it('is called with the input, may have a barrier, and then comes through every story', async () => {
    const payments = memoryBarrier({ paid: 0 })
    const fakes: Fakes<typeof order> = {
      charge: {
        barrier: payments,
        action: ({ input, gid }) => {
          payments.state.paid += input.amount
          return { chargeId: gid }
        },
        compensate: ({ input }) => {
          payments.state.paid -= input.amount
        },
      },
    }
    const { failures } = await rehearse(
      order,
      { amount: 5 },
      (ended) => payments.state.paid === (ended.status === 'COMMITTED' ? 5 : 0),
      { fakes, reset: () => payments.reset(), stories: 600 },
    )
    expect(failures).toEqual([])
  })

  it('must answer what the schema of the result lets pass', async () => {
    const fakes = { charge: { action: () => ({ id: 'c-1' }), compensate: () => {} } }
    await expect(
      rehearse(order, { amount: 5 }, ({ status }) => status, { fakes, only: 'no fault' }),
    ).rejects.toThrow('the fake of charge answers what its result schema refuses: has no chargeId')
  })

  it('is needed for every operation that has a URL, and for no step that there is not', () => {
    expect(() => withFakes(order, { charge: { action: () => ({ chargeId: 'c-1' }) } })).toThrow(
      'compensate (http://pay/refund)',
    )
    // @ts-expect-error no step is called so
    expect(() => withFakes(order, { chrage: { action: () => {} } })).toThrow('order has no step "chrage"')
  })
})
