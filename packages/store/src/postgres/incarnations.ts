import { escapedText } from '../escaped-text.ts'
import type { Database } from './database.ts'
import { firstOf, type Statement } from './statement.ts'

/** Incarnations that ended and are remembered: far more than could still ask. */
const ENDED_KEPT_MAX = 1_000

/** Of `incarnations AS i`, at `clock.now`. */
export const IS_ALIVE = 'i.ended_at IS NULL AND i.expires_at > clock.now'

export const CLOCK = 'clock AS MATERIALIZED (SELECT store_now() AS now)'

const REGISTER: Statement = {
  name: 'register',
  text: `
  WITH ${CLOCK},
  entered AS (
    INSERT INTO incarnations AS i (incarnation, expires_at)
    SELECT $1::text, clock.now + $2::bigint FROM clock
    ON CONFLICT (incarnation) DO UPDATE SET expires_at = EXCLUDED.expires_at
    WHERE i.ended_at IS NULL AND i.expires_at > (SELECT now FROM clock)),
  forgotten AS (
    DELETE FROM incarnations WHERE incarnation IN (
      SELECT i.incarnation FROM incarnations AS i CROSS JOIN clock WHERE NOT (${IS_ALIVE})
      ORDER BY coalesce(i.ended_at, i.expires_at) DESC OFFSET ${ENDED_KEPT_MAX}))
  SELECT now FROM clock`,
}

/** Found to have ended it stays so, even if the server's clock should go backwards. */
const HEARTBEAT: Statement = {
  name: 'heartbeat',
  text: `
  WITH ${CLOCK},
  beaten AS (
    UPDATE incarnations AS i
    SET expires_at = CASE WHEN i.expires_at > clock.now THEN clock.now + $2::bigint ELSE i.expires_at END,
      ended_at = CASE WHEN i.expires_at > clock.now THEN NULL ELSE clock.now END
    FROM clock WHERE i.incarnation = $1::text AND i.ended_at IS NULL
    RETURNING i.ended_at IS NULL AS alive)
  SELECT now, coalesce((SELECT alive FROM beaten), FALSE) AS alive FROM clock`,
}

const RETIRE: Statement = {
  name: 'retire',
  text: `
  INSERT INTO incarnations AS i (incarnation, expires_at, ended_at)
  SELECT $1::text, now, now FROM store_now() AS now
  ON CONFLICT (incarnation) DO UPDATE SET ended_at = EXCLUDED.ended_at WHERE i.ended_at IS NULL`,
}

/** Repeated while the lease runs it renews it; once it has run out nothing revives it. */
export async function register(
  database: Database,
  incarnation: string,
  leaseMs: number,
): Promise<{ now: number }> {
  return firstOf(await database.change(REGISTER, [escapedText(incarnation), Math.round(leaseMs)]))
}

export async function heartbeat(
  database: Database,
  incarnation: string,
  leaseMs: number,
): Promise<{ alive: boolean; now: number }> {
  return firstOf(await database.change(HEARTBEAT, [escapedText(incarnation), Math.round(leaseMs)]))
}

export async function retire(database: Database, incarnation: string): Promise<void> {
  await database.change(RETIRE, [escapedText(incarnation)])
}
