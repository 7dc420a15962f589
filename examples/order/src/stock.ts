import { sqliteBarrier } from 'assent/participant'
import { openDatabase } from './database.ts'

const database = openDatabase(
  'stock',
  `
  CREATE TABLE IF NOT EXISTS articles (sku TEXT PRIMARY KEY, cents INTEGER NOT NULL, quantity INTEGER NOT NULL CHECK (quantity >= 0)) STRICT;
  CREATE TABLE IF NOT EXISTS reservations (id TEXT PRIMARY KEY, gid TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO articles VALUES ('lamp', 4900, 100);
`,
)
const take = database.prepare(
  'UPDATE articles SET quantity = quantity - $quantity WHERE sku = $sku AND quantity >= $quantity RETURNING cents',
)
const note = database.prepare('INSERT INTO reservations VALUES (?, ?, ?, ?)')
const strike = database.prepare(
  'DELETE FROM reservations WHERE id = $which OR gid = $which RETURNING sku, quantity',
)
const giveBack = database.prepare('UPDATE articles SET quantity = quantity + ? WHERE sku = ?')

/** What lies on the shelves. The barrier over its database sees to it that every call counts once. */
export const stock = {
  barrier: sqliteBarrier(database),

  /** Null where fewer are left. */
  reserve(sku: string, quantity: number, gid: string) {
    const taken = take.get({ sku, quantity })
    if (taken === undefined) return null
    const reservationId = `reservation-${gid}`
    note.run(reservationId, gid, sku, quantity)
    return { reservationId, cents: Number(taken.cents) * quantity }
  },

  /** By its id, or where an answer was lost and nobody knows that, by the transaction's. */
  release(which: string): void {
    for (const { sku, quantity } of strike.all({ which })) giveBack.run(quantity ?? null, sku ?? null)
  },
}
