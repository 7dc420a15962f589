import type { Database } from './database.ts'

/** What a few transactions take: where it fits, new ones are kept. */
const ROOM_BYTES = 64 * 1024

/** Commits that much and takes it away again. Throws as any write does when the disk is full. */
export function proveRoom(database: Database): void {
  database.transaction(() => {
    database.exec('DROP TABLE IF EXISTS room; CREATE TABLE room (filler BLOB)')
    database.exec(`INSERT INTO room VALUES (zeroblob(${ROOM_BYTES}))`)
  })
  database.transaction(() => database.exec('DROP TABLE room'))
}
