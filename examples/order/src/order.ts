import { http, Refused, saga } from 'assent'
import { z } from 'zod'
import { PAYMENTS_URL } from './addresses.ts'
import { post } from './post.ts'
import { stock } from './stock.ts'

const Order = z.object({ id: z.string(), sku: z.string(), quantity: z.int().positive() })
const Charge = z.object({ chargeId: z.string() })

export const order = saga('order', { version: 1, input: Order })
  .step('reserve', {
    barrier: stock.barrier,
    action: ({ input, gid }) => {
      const held = stock.reserve(input.sku, input.quantity, gid)
      if (held === null) throw new Refused('OUT_OF_STOCK') // any other error: unknown, called again
      return held
    },
    compensate: ({ outcome, result, gid }) => stock.release(outcome === 'done' ? result.reservationId : gid),
    timeoutMs: 10_000,
    retry: { maxAttempts: 5 },
  })
  .pivot('charge', http({ action: `${PAYMENTS_URL}/charge`, result: Charge }), {
    payload: ({ input, results }) => ({ order: input.id, cents: results.reserve.cents }),
  })
  .step('ship', {
    action: ({ results }) => post.ship(results.reserve.reservationId, results.charge.chargeId),
  })
