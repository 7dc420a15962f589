import { assentOnMariadb, assentOnPostgres, assentOnRedis, assentOnSqlite } from './assent.ts'
import { dbos } from './dbos.ts'
import { dtmSides } from './dtm.ts'
import { restate, restateWithFewPartitions } from './restate.ts'
import type { Side } from './side.ts'

export const SIDES: readonly Side[] = [
  assentOnSqlite,
  assentOnPostgres,
  restate,
  restateWithFewPartitions,
  dbos,
  ...dtmSides,
  assentOnMariadb,
  assentOnRedis,
]

/** What is run where nothing is named: all that can be, and of Assent what something else here is held against. */
export function chosen(ids: readonly string[]): readonly Side[] {
  if (ids.length > 0) return SIDES.filter(({ id }) => ids.includes(id))
  const runs = SIDES.filter((side) => side.missing?.() === undefined)
  const held = new Set(runs.map(({ against }) => against))
  return SIDES.filter((side) => side.against !== undefined || held.has(side.name))
}
