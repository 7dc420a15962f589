import { escapedText } from '../escaped-text.ts'
import { NOW } from './clock.ts'
import type { Session } from './session.ts'

/** Incarnations that ended and are remembered: far more than could still ask. */
const ENDED_KEPT_MAX = 1_000

const IS_ALIVE = `ended_at IS NULL AND expires_at > ${NOW}`
const ENTER = `
  INSERT INTO assent_incarnations (incarnation, expires_at) VALUES (?, ${NOW} + ?)
  ON DUPLICATE KEY UPDATE expires_at = IF(${IS_ALIVE}, VALUES(expires_at), expires_at)`
const RENEW = `
  UPDATE assent_incarnations SET expires_at = ${NOW} + ? WHERE incarnation = ? AND ${IS_ALIVE}`
const END_EXPIRED = `
  UPDATE assent_incarnations FORCE INDEX (PRIMARY) SET ended_at = ${NOW}
  WHERE incarnation IN (?) AND ended_at IS NULL AND expires_at <= ${NOW}`
const END_ALL_EXPIRED = `
  UPDATE assent_incarnations FORCE INDEX (assent_ended) SET ended_at = ${NOW}
  WHERE ended_at IS NULL AND expires_at <= ${NOW}`
const RETIRE = `
  INSERT INTO assent_incarnations (incarnation, expires_at, ended_at) VALUES (?, ${NOW}, ${NOW})
  ON DUPLICATE KEY UPDATE ended_at = IFNULL(ended_at, VALUES(ended_at))`
const ALIVE = `SELECT incarnation FROM assent_incarnations WHERE incarnation IN (?) AND ${IS_ALIVE}`
const FORGOTTEN = `
  SELECT incarnation FROM assent_incarnations FORCE INDEX (assent_ended)
  WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT ${ENDED_KEPT_MAX} OFFSET ${ENDED_KEPT_MAX}
  FOR UPDATE SKIP LOCKED`
const FORGET = 'DELETE FROM assent_incarnations WHERE incarnation = ?'

/** Those of them whose lease runs, as kept. */
export async function aliveOf(session: Session, incarnations: readonly string[]): Promise<Set<string>> {
  if (incarnations.length === 0) return new Set()
  const rows = await session.query<{ incarnation: string }>(ALIVE, [incarnations])
  return new Set(rows.map(({ incarnation }) => incarnation))
}

/** Ends those of them whose lease has run out: from then on no clock and no heartbeat revives them. */
export async function endExpired(session: Session, incarnations: readonly string[]): Promise<void> {
  if (incarnations.length > 0) await session.run(END_EXPIRED, [incarnations])
}

/** Repeated while the lease runs it renews it; once it has run out nothing revives it. */
export async function register(
  session: Session,
  incarnation: string,
  leaseMs: number,
): Promise<{ now: number }> {
  const kept = escapedText(incarnation)
  await session.run(ENTER, [kept, Math.round(leaseMs)])
  await session.run(END_ALL_EXPIRED)
  const forgotten = await session.query<{ incarnation: string }>(FORGOTTEN)
  await session.bulk(
    FORGET,
    forgotten.map((row) => [row.incarnation]),
  )
  return { now: await nowOf(session) }
}

export async function heartbeat(
  session: Session,
  incarnation: string,
  leaseMs: number,
): Promise<{ alive: boolean; now: number }> {
  const kept = escapedText(incarnation)
  const [renewed, now] = await Promise.all([session.run(RENEW, [Math.round(leaseMs), kept]), nowOf(session)])
  if (renewed === 0) await endExpired(session, [kept])
  return { alive: renewed === 1, now }
}

export async function retire(session: Session, incarnation: string): Promise<void> {
  await session.run(RETIRE, [escapedText(incarnation)])
}

async function nowOf(session: Session): Promise<number> {
  const [row] = await session.query<{ now: number }>(`SELECT ${NOW} AS now`)
  if (row === undefined) throw new Error('the server did not say what time it is')
  return row.now
}
