import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { nodeHandler, sqliteBarrier } from 'assent/participant'
import type { Order } from './order.ts'

export const OPENED_WITH = 1_000

/** The stock service. It is told of each order once or more often, and takes each once out of its shelves. */
export async function startStock(folder: string) {
  const database = new DatabaseSync(join(folder, 'stock.db'))
  database.exec(`
    CREATE TABLE shelves (sku TEXT PRIMARY KEY, items INTEGER NOT NULL) STRICT;
    INSERT INTO shelves VALUES ('chair', ${OPENED_WITH});`)
  const take = database.prepare('UPDATE shelves SET items = items - ? WHERE sku = ?')

  const server = createServer(
    nodeHandler({
      barrier: sqliteBarrier(database),
      operations: {
        action: ({ payload }) => {
          const { quantity, sku } = payload as unknown as Order
          take.run(quantity, sku)
        },
      },
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/order-placed`,
    items: () => Number(database.prepare("SELECT items FROM shelves WHERE sku = 'chair'").get()?.items),
    close() {
      server.close().closeAllConnections()
      database.close()
    },
  }
}
