import { open } from 'assent'
import { sqlite } from 'assent/store/sqlite'
import { order } from './order.ts'
import { startPayments } from './payments.ts'

const [id = '17', quantity = '2'] = process.argv.slice(2)

await using _payments = await startPayments()
await using assent = await open({ store: sqlite('data/shop'), definitions: [order] })

const input = { id, sku: 'lamp', quantity: Number(quantity) }
const ended = await assent.run(order, input, { gid: `order-${id}`, timeoutMs: 30_000 })
if (ended.status === 'ABORTED') console.log(ended.failedBranch, ended.refusal.code)
else console.log(ended.results.ship.parcel)
