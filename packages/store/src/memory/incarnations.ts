import type { Tables } from './schema.ts'

export function isAlive(tables: Tables, incarnation: string, now: number): boolean {
  return (tables.leases.get(incarnation) ?? Number.NEGATIVE_INFINITY) > now
}

/** Repeated while the lease runs it renews it; once it has run out nothing revives it. */
export function register(tables: Tables, incarnation: string, leaseMs: number): { now: number } {
  const now = tables.now()
  if (!tables.leases.has(incarnation) || isAlive(tables, incarnation, now)) {
    tables.leases.set(incarnation, now + leaseMs)
  }
  return { now }
}

export function heartbeat(
  tables: Tables,
  incarnation: string,
  leaseMs: number,
): { alive: boolean; now: number } {
  const now = tables.now()
  const alive = isAlive(tables, incarnation, now)
  if (alive) tables.leases.set(incarnation, now + leaseMs)
  return { alive, now }
}

export function retire(tables: Tables, incarnation: string): void {
  tables.leases.set(incarnation, Number.NEGATIVE_INFINITY)
}
