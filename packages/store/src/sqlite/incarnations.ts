import type { Database } from './database.ts'
import { textToKeep } from './text.ts'

/** Incarnations that ended and are remembered: far more than could still ask. */
const ENDED_KEPT_MAX = 1_000

export function isAlive(database: Database, incarnation: string, now: number): boolean {
  const found = database
    .sql('SELECT 1 FROM incarnations WHERE incarnation = ? AND expires_at > ?')
    .get(textToKeep(incarnation), now)
  return found !== undefined
}

/** Repeated while the lease runs it renews it; once it has run out nothing revives it. */
export function register(database: Database, incarnation: string, leaseMs: number): { now: number } {
  const now = database.now()
  database.transaction(() => {
    database
      .sql(
        `INSERT INTO incarnations (incarnation, expires_at) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET expires_at = ?2 WHERE expires_at > ?3`,
      )
      .run(textToKeep(incarnation), now + leaseMs, now)
    database
      .sql(
        `DELETE FROM incarnations WHERE incarnation IN (
           SELECT incarnation FROM incarnations WHERE expires_at <= ? ORDER BY expires_at DESC LIMIT -1 OFFSET ?)`,
      )
      .run(now, ENDED_KEPT_MAX)
  })
  return { now }
}

export function heartbeat(
  database: Database,
  incarnation: string,
  leaseMs: number,
): { alive: boolean; now: number } {
  const now = database.now()
  const { changes } = database.transaction(() =>
    database
      .sql('UPDATE incarnations SET expires_at = ? WHERE incarnation = ? AND expires_at > ?')
      .run(now + leaseMs, textToKeep(incarnation), now),
  )
  return { alive: changes === 1, now }
}

export function retire(database: Database, incarnation: string): void {
  database.transaction(() => {
    database
      .sql(
        'INSERT INTO incarnations (incarnation, expires_at) VALUES (?, 0) ON CONFLICT DO UPDATE SET expires_at = 0',
      )
      .run(textToKeep(incarnation))
  })
}

/** For a process that has just become the only one: those that came before it have ended. */
export function forgetAll(database: Database): void {
  database.transaction(() => database.sql('DELETE FROM incarnations').run())
}
