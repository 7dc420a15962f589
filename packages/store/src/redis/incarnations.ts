import type { Database } from './database.ts'
import { ownerToKeep } from './row.ts'
import { HEARTBEAT, LEASES, REGISTER, RETIRE } from './scripts.ts'

/** Incarnations that ended and are remembered: far more than could still ask. */
const ENDED_KEPT_MAX = 1_000

export async function register(
  database: Database,
  incarnation: string,
  leaseMs: number,
): Promise<{ now: number }> {
  const { tag } = database.keyspace
  const now = await database.change(
    tag,
    REGISTER,
    given(database, ownerToKeep(incarnation), String(leaseMs), String(ENDED_KEPT_MAX)),
  )
  return { now: database.timeIs(now as number) }
}

export async function heartbeat(
  database: Database,
  incarnation: string,
  leaseMs: number,
): Promise<{ alive: boolean; now: number }> {
  const { tag } = database.keyspace
  const [now, alive] = (await database.change(
    tag,
    HEARTBEAT,
    given(database, ownerToKeep(incarnation), String(leaseMs)),
  )) as [number, number]
  return { alive: alive === 1, now: database.timeIs(now) }
}

export async function retire(database: Database, incarnation: string): Promise<void> {
  await database.change(database.keyspace.tag, RETIRE, given(database, ownerToKeep(incarnation)))
}

/** Those of the owners that have ended, all named as rows name them; `now` is the server's time at this moment. */
export async function leasesOf(
  database: Database,
  incarnation: string,
  owners: readonly string[],
): Promise<{ isAlive: boolean; now: number; ended: string[] }> {
  const { tag } = database.keyspace
  const [now, alive, ...ended] = (await database.change(
    tag,
    LEASES,
    given(database, ownerToKeep(incarnation), ...owners),
  )) as [number, number, ...string[]]
  return { isAlive: alive === 1, now, ended }
}

function given(database: Database, ...values: string[]): { keys: string[]; values: string[] } {
  return { keys: [database.keyspace.incarnations], values: [String(database.aheadMs), ...values] }
}
