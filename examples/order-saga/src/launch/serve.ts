/** Starts everything and keeps it up, for curl, until told to stop. */
import { once } from 'node:events'
import { withSystem } from './with-system.ts'

await withSystem(async ({ url }, signal) => {
  console.log(`\nOrders are taken at ${url}/orders. Ctrl-C ends everything.`)
  const staysUp = setInterval(() => {}, 60_000)
  await once(signal, 'abort').finally(() => clearInterval(staysUp))
})
