import type { Store, TransactionRow } from '@assent/engine'
import { escapedText } from '../escaped-text.ts'
import { NOW } from './clock.ts'
import { aliveOf, endExpired } from './incarnations.ts'
import { readKept } from './read.ts'
import { fitting } from './row.ts'
import type { Session } from './session.ts'

type Claim = Parameters<Store['claim']>[0]

/** A part of `assent_turn` in the order of due times: what waits for anyone, or what one owner left behind. */
interface Source {
  sql: string
  values: readonly string[]
}

/** What a source holds, the oldest due first. */
interface Candidate {
  source: Source
  dueAt: number | null
}

interface Owner {
  owner: string
}

interface Locked {
  gid: string
  dueAt: number | null
  stateBytes: number
}

/** Exported, as are the statements, to be held against the indexes. */
export const WAITING = `ended_at IS NULL AND owner IS NULL AND application = ? AND due_at <= ${NOW}`
export const OWNED = 'ended_at IS NULL AND owner = ? AND application = ?'
export const FIRST_OWNER = ownerWhere('owner IS NOT NULL')
export const NEXT_OWNER = ownerWhere('owner > ?')
export const NEXT_DUE = `
  SELECT due_at AS dueAt FROM assent_transactions FORCE INDEX (assent_turn)
  WHERE ended_at IS NULL AND owner IS NULL AND application = ? AND due_at IS NOT NULL
  ORDER BY due_at LIMIT 1`
const TAKE = `
  UPDATE assent_transactions FORCE INDEX (assent_gid)
  SET owner = ?, write_id = ?, version = version + 1 WHERE gid IN (?)`

export function candidatesIn({ sql }: Source): string {
  return `SELECT due_at AS dueAt FROM assent_transactions FORCE INDEX (assent_turn) WHERE ${sql} ORDER BY due_at LIMIT ?`
}

export function lockedIn({ sql }: Source): string {
  return `SELECT gid, due_at AS dueAt, state_bytes AS stateBytes FROM assent_transactions FORCE INDEX (assent_turn)
    WHERE ${sql} ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED`
}

/** Fewer rows than asked for when their states are very large: the next claim finds the others. */
export async function claim(session: Session, request: Claim): Promise<TransactionRow[]> {
  const { incarnation, writeId, limit } = request
  const applications = [...new Set(request.applications)].map(escapedText)
  const claimant = escapedText(incarnation)
  if (limit === 0 || applications.length === 0) return []
  if (!(await aliveOf(session, [claimant])).has(claimant)) return []
  const owners = await orphaningOwners(session)
  const sources = applications.flatMap((application) => [
    { sql: WAITING, values: [application] },
    ...owners.map((owner) => ({ sql: OWNED, values: [owner, application] })),
  ])
  const locked = fitting(await lockOldest(session, sources, limit))
  if (locked.length === 0) return []
  const gids = locked.map(({ gid }) => gid)
  await session.run(TAKE, [claimant, escapedText(writeId), gids])
  return (await readKept(session, gids)).sort(byDue)
}

/** Those who still own something and whose lease has run out, or who were never registered. */
async function orphaningOwners(session: Session): Promise<string[]> {
  const owners = await ownersOf(session)
  const alive = await aliveOf(session, owners)
  const gone = owners.filter((owner) => !alive.has(owner))
  await endExpired(session, gone)
  // One whose heartbeat came in between was not ended.
  const revived = await aliveOf(session, gone)
  return gone.filter((owner) => !revived.has(owner))
}

/** Each owner once: a step of the index for each of them, and not for each row. */
async function ownersOf(session: Session): Promise<string[]> {
  const owners: string[] = []
  for (let [found] = await session.query<Owner>(FIRST_OWNER); found !== undefined; ) {
    owners.push(found.owner)
    ;[found] = await session.query<Owner>(NEXT_OWNER, [found.owner])
  }
  return owners
}

function ownerWhere(isNext: string): string {
  return `SELECT owner FROM assent_transactions FORCE INDEX (assent_turn)
    WHERE ended_at IS NULL AND ${isNext} ORDER BY owner LIMIT 1`
}

/**
 * As many as asked for, the oldest due of all sources, and locked for us. What another claim holds is passed over, and
 * no row is locked that is not taken: none is kept from whoever claims at the same time.
 */
async function lockOldest(session: Session, sources: readonly Source[], limit: number): Promise<Locked[]> {
  const oldest = (await candidates(session, sources, limit)).sort(byDue).slice(0, limit)
  const shares = new Map(sources.map((source) => [source, 0]))
  for (const { source } of oldest) shares.set(source, (shares.get(source) ?? 0) + 1)
  const locked = new Map<string, Locked>()
  for (const [source, share] of shares) await lock(session, source, share, locked)
  for (const [source, share] of shares) {
    // Others were faster with some of them: there may be more, here or there.
    const missing = oldest.length - locked.size
    if (missing > 0) await lock(session, source, share + missing, locked)
  }
  return [...locked.values()].sort(byDue).slice(0, oldest.length)
}

async function candidates(session: Session, sources: readonly Source[], limit: number): Promise<Candidate[]> {
  const found = await Promise.all(
    sources.map(async (source) => {
      const rows = await session.query<{ dueAt: number | null }>(candidatesIn(source), [
        ...source.values,
        limit,
      ])
      return rows.map(({ dueAt }) => ({ source, dueAt }))
    }),
  )
  return found.flat()
}

async function lock(
  session: Session,
  source: Source,
  share: number,
  locked: Map<string, Locked>,
): Promise<void> {
  if (share === 0) return
  const rows = await session.query<Locked>(lockedIn(source), [...source.values, share])
  for (const row of rows) locked.set(row.gid, row)
}

export async function nextDueAt(session: Session, applications: readonly string[]): Promise<number | null> {
  const found = await Promise.all(
    applications.map((application) => session.query<{ dueAt: number }>(NEXT_DUE, [escapedText(application)])),
  )
  const dueTimes = found.flat().map(({ dueAt }) => dueAt)
  return dueTimes.length === 0 ? null : Math.min(...dueTimes)
}

/** An orphan without a due time comes first: nothing says that it may wait. */
function byDue(one: { dueAt: number | null }, other: { dueAt: number | null }): number {
  return (one.dueAt ?? 0) - (other.dueAt ?? 0)
}
