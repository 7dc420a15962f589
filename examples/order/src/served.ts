import { createServer } from 'node:http'
import { connect } from 'assent/client'
import { nodeHandler } from 'assent/participant'
import { ASSENT_URL, ORDERS_URL } from './addresses.ts'
import { order } from './order.ts'
import { startPayments } from './payments.ts'

const [id = '18', quantity = '2'] = process.argv.slice(2)

await using _payments = await startPayments()
await using assent = connect({
  url: ASSENT_URL,
  serve: { definitions: [order], url: `${ORDERS_URL}/assent` },
})
const { hostname, port } = new URL(ORDERS_URL)
const service = createServer(nodeHandler(assent.handler)).listen(Number(port), hostname)

const input = { id, sku: 'lamp', quantity: Number(quantity) }
const ended = await assent.run(order, input, { gid: `order-${id}`, timeoutMs: 30_000 })
if (ended.status === 'ABORTED') console.log(ended.failedBranch, ended.refusal.code)
else console.log(ended.results.ship.parcel)
service.close()
