import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crashAt, memoryBarrier, rehearse, testAssent, withFakes } from 'assent/testing'
import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import { LAMPS, lookInto } from '../test/shop.ts'

const folder = mkdtempSync(join(tmpdir(), 'assent-order-'))
vi.stubEnv('SHOP_FOLDER', folder)
const { order } = await import('./order.ts')
const shop = lookInto(folder)
beforeEach(() => reset())
afterAll(() => {
  shop.close()
  rmSync(folder, { recursive: true })
})

const payments = memoryBarrier({ charges: 0 })
const charge = {
  barrier: payments,
  action: () => {
    payments.state.charges += 1
    return { chargeId: `charge ${payments.state.charges}` }
  },
}

function reset(): void {
  shop.reset()
  payments.reset()
}

/** Paid for, taken out of the shelves and sent, once; or nothing of it. */
function expectWholeOrNothing({ status }: { status: string }): void {
  const count = status === 'COMMITTED' ? 1 : 0
  const found = { charges: payments.state.charges, lamps: shop.lamps(), parcels: shop.parcels() }
  expect(found).toEqual({ charges: count, lamps: LAMPS - count, parcels: count })
}

/** Each fault alone, and some pairs. */
const STORIES = 250
const input = { id: '1', sku: 'lamp', quantity: 1 }

it('an order is paid, sent and gone from the shelves once, or not at all, whatever goes wrong', async () => {
  const { stories } = await rehearse(order, input, expectWholeOrNothing, {
    reset,
    fakes: { charge },
    stories: STORIES,
  })
  expect(stories).toBeGreaterThan(100)
})

it('without its barrier the same order would be found out', async () => {
  const careless = {
    ...order,
    steps: order.steps.map((step) => ({ ...step, calls: { ...step.calls, barrier: undefined } })),
  }
  const rehearsed = rehearse(careless, input, expectWholeOrNothing, {
    reset,
    fakes: { charge },
    stories: STORIES,
  })
  await expect(rehearsed).rejects.toThrow('duplicate(reserve, at-once)')
})

it('an order goes on behind a crash of the coordinator', async () => {
  const kind = withFakes(order, { charge })
  await using assent = testAssent({ definitions: [kind], faults: [crashAt('reserve', 'after-effect')] })
  const ended = await assent.run(kind, input)
  expect(ended).toMatchObject({ status: 'COMMITTED', results: { ship: { parcel: 'parcel 1' } } })
  expectWholeOrNothing(ended)
})
