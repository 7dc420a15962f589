import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { http, message, open, unchecked } from 'assent'
import { queryOf, sqliteBarrier } from 'assent/participant'
import { sqlite } from 'assent/store/sqlite'
import type { Order } from './order.ts'

/** After how long the coordinator asks what became of a message that was never submitted. */
const TIMEOUT_MS = 500

/** The order service, with its coordinator embedded. What its last process left unsent goes out when it opens. */
export async function openOrders(folder: string, stockUrl: string) {
  const database = openBooks(folder)
  const barrier = sqliteBarrier(database)
  const orderPlaced = message('order-placed', {
    version: 1,
    input: unchecked<Order>(),
    query: queryOf(barrier),
  }).step('stock', http({ action: stockUrl }))
  const assent = await open({ store: sqlite(join(folder, 'assent')), definitions: [orderPlaced] })

  /** Writes the order into the books and tells the stock service of it: both, or neither. */
  async function place(order: Order): Promise<void> {
    await assent.send(orderPlaced, order, {
      gid: order.id,
      timeoutMs: TIMEOUT_MS,
      barrier,
      work: (books) => {
        books.prepare('INSERT INTO orders VALUES (?, ?, ?)').run(order.id, order.sku, order.quantity)
      },
    })
  }

  /** Resolves when every order has come to its end, whichever process placed it. */
  async function settled(): Promise<void> {
    for (;;) {
      const { transactions } = await assent.transactions.list({ limit: 100 })
      const open = transactions.filter(({ status }) => status !== 'COMMITTED' && status !== 'ABORTED')
      if (open.length === 0) return
      await Promise.all(open.map(({ gid }) => assent.transactions.get({ gid, waitMs: 10_000 })))
    }
  }

  async function close(): Promise<void> {
    await assent.close()
    database.close()
  }
  return { place, settled, close }
}

export function openBooks(folder: string): DatabaseSync {
  const database = new DatabaseSync(join(folder, 'orders.db'))
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, sku TEXT NOT NULL, quantity INTEGER NOT NULL) STRICT;`)
  return database
}
