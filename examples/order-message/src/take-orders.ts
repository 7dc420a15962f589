/**
 * The order service as a process of its own, with customers who order chairs one after another:
 *
 *     node take-orders.ts FOLDER STOCK_URL SHIFT ORDERS
 */
import { openOrders } from './orders.ts'

const [folder = '', stockUrl = '', shift = '', count = ''] = process.argv.slice(2)
const orders = await openOrders(folder, stockUrl)
for (let number = 1; number <= Number(count); number += 1) {
  await orders.place({ id: `${shift}-${number}`, sku: 'chair', quantity: 1 + (number % 3) })
  process.send?.('placed')
}
await orders.settled()
await orders.close()
