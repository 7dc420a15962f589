/** Starts everything, places an order that ends in each of three ways, shows what happened, and ends everything. */
import { orderAndWait } from './customer.ts'
import { SCENARIOS } from './scenarios.ts'
import { timeline } from './timeline.ts'
import { withSystem } from './with-system.ts'

/** An order takes well under a second. */
const ORDER_TIMEOUT_MS = 60_000

await withSystem(async ({ url }, signal) => {
  for (const { title, body, ends } of SCENARIOS) {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(ORDER_TIMEOUT_MS)])
    const { status, saga } = await orderAndWait(url, body, patience)
    console.log(`\n${title}\n${timeline(saga)}`)
    if (status !== ends) throw new Error(`The order is ${status}, and should be ${ends}.`)
  }
})
