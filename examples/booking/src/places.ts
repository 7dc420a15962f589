import { DatabaseSync } from 'node:sqlite'
import { sqliteBarrier } from 'assent/participant'

export type Places = ReturnType<typeof openPlaces>

/** What an airline or a hotel keeps: places that are free, held for somebody who may not come, or taken. */
export function openPlaces(names: readonly string[], cents: number) {
  const database = new DatabaseSync(':memory:')
  database.exec(`
    CREATE TABLE places (name TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'free', gid TEXT) STRICT;
  `)
  for (const name of names) database.prepare('INSERT INTO places (name) VALUES (?)').run(name)
  const hold = database.prepare(`
    UPDATE places SET state = 'held', gid = ?
    WHERE name = (SELECT name FROM places WHERE state = 'free' ORDER BY name LIMIT 1) RETURNING name
  `)
  const take = database.prepare("UPDATE places SET state = 'taken' WHERE gid = ?")
  const free = database.prepare("UPDATE places SET state = 'free', gid = NULL WHERE gid = ?")
  const list = database.prepare('SELECT name FROM places WHERE state = ? ORDER BY name')

  return {
    barrier: sqliteBarrier(database),

    /** Nobody else gets it from here on, and nobody is told that it is sold. Null where none is free. */
    hold(gid: string) {
      const place = hold.get(gid)
      return place === undefined ? null : { name: String(place.name), cents }
    },
    take: (gid: string) => void take.run(gid),
    free: (gid: string) => void free.run(gid),
    list: (state: 'free' | 'held' | 'taken') => list.all(state).map(({ name }) => String(name)),
  }
}
