import { openDatabase } from './database.ts'

const database = openDatabase(
  'post',
  `
  CREATE TABLE IF NOT EXISTS parcels (number INTEGER PRIMARY KEY, reservation_id TEXT UNIQUE, charge_id TEXT NOT NULL) STRICT;
`,
)
const hand = database.prepare('INSERT OR IGNORE INTO parcels (reservation_id, charge_id) VALUES (?, ?)')
const find = database.prepare('SELECT number FROM parcels WHERE reservation_id = ?')

/** It is never undone and asks for the same parcel by the same name, so that it needs no barrier. */
export const post = {
  ship(reservationId: string, chargeId: string) {
    hand.run(reservationId, chargeId)
    return { parcel: `parcel ${find.get(reservationId)?.number}` }
  },
}
