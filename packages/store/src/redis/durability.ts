import { ErrorAnswer } from './failures.ts'
import type { Link } from './link.ts'
import { storeInvalid } from './refusals.ts'
import type { Reply } from './session.ts'

/** What a server may keep less than it acknowledged, by the names by which it is accepted. */
const WEAKNESSES = {
  everysec:
    'appendfsync is everysec, so that a crash of its machine loses what was acknowledged in the last second or two',
  'no-fsync':
    'appendfsync is no, so that a crash of its machine loses what was acknowledged in the last half minute or so',
  'no-appendonly': 'appendonly is no, so that any crash loses what was acknowledged since its last snapshot',
  'no-fsync-on-rewrite':
    'no-appendfsync-on-rewrite is yes, so that a crash of its machine loses what was acknowledged while its log was rewritten',
  eviction: 'maxmemory-policy deletes any keys when its memory is full, transactions that are under way too',
  'asynchronous-failover':
    'it has replicas, and one that takes over has not received all that was acknowledged',
  unverified: 'it does not let its settings be read, so that nobody knows what a crash of it loses',
} as const

export type Weakness = keyof typeof WEAKNESSES

/** Each in words, its name first. */
export function inWords(weaknesses: readonly Weakness[]): string[] {
  return weaknesses.map((name) => `${name}: ${WEAKNESSES[name]}`)
}

/** What is weak about any of the servers. Rejects with NotSent, AnswerLost or ErrorAnswer. */
export async function weaknessesOf(links: readonly Link[], waitsForDisk: boolean): Promise<Weakness[]> {
  const found = await Promise.all(links.map((link) => weaknessesAt(link, waitsForDisk)))
  return [...new Set(found.flat())]
}

/** Throws STORE_INVALID, naming what must be set or accepted. */
export function assertAccepted(where: string, found: readonly Weakness[], accepted: readonly string[]): void {
  const known = Object.keys(WEAKNESSES)
  const stray = accepted.filter((name) => !known.includes(name))
  if (stray.length > 0) {
    throw storeInvalid(
      where,
      `it has no weakness called ${stray.join(', ')}`,
      `there are ${known.join(', ')}`,
    )
  }
  const refused = found.filter((name) => !accepted.includes(name))
  if (refused.length === 0) return
  const why = refused.map((name) => WEAKNESSES[name]).join('; ')
  throw storeInvalid(where, why, `set it otherwise, or accept that by name: ${refused.join(', ')}`)
}

async function weaknessesAt(link: Link, waitsForDisk: boolean): Promise<Weakness[]> {
  const [settings, hasSuccessors] = await Promise.all([settingsOf(link), canFailOver(link)])
  const weaknesses: Weakness[] = []
  if (settings === undefined || hasSuccessors === undefined) weaknesses.push('unverified')
  if (settings !== undefined) weaknesses.push(...weaknessesIn(settings, waitsForDisk))
  if (hasSuccessors) weaknesses.push('asynchronous-failover')
  return weaknesses
}

function weaknessesIn(settings: ReadonlyMap<string, string>, waitsForDisk: boolean): Weakness[] {
  const weaknesses: Weakness[] = []
  const appendfsync = settings.get('appendfsync')
  if (settings.get('appendonly') !== 'yes') weaknesses.push('no-appendonly')
  else if (appendfsync === 'no') weaknesses.push('no-fsync')
  else if (!waitsForDisk) {
    if (appendfsync === 'everysec') weaknesses.push('everysec')
    if (settings.get('no-appendfsync-on-rewrite') === 'yes') weaknesses.push('no-fsync-on-rewrite')
  }
  // The other policies delete keys that expire, and none of ours does.
  if (settings.get('maxmemory-policy')?.startsWith('allkeys')) weaknesses.push('eviction')
  return weaknesses
}

/** Undefined where they may not be read. */
async function settingsOf(link: Link): Promise<ReadonlyMap<string, string> | undefined> {
  const names = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory-policy']
  const reply = (await askIfAllowed(link, ['CONFIG', 'GET', ...names])) as string[] | undefined
  const settings = new Map<string, string>()
  for (let at = 0; reply !== undefined && at < reply.length; at += 2) {
    settings.set(reply[at] as string, reply[at + 1] as string)
  }
  return names.every((name) => settings.has(name)) ? settings : undefined
}

/** Whether another server may take over from this one; undefined where that may not be read. */
async function canFailOver(link: Link): Promise<boolean | undefined> {
  const replication = (await askIfAllowed(link, ['INFO', 'replication'])) as string | undefined
  if (replication === undefined) return undefined
  // Whoever watches a server to replace it listens here.
  const watchers = await askIfAllowed(link, ['PUBSUB', 'NUMSUB', '__sentinel__:hello'])
  const isWatched = Array.isArray(watchers) && Number(watchers[1]) > 0
  return isWatched || /^connected_slaves:[1-9]/m.test(replication)
}

/** Undefined where the server does not let us. */
async function askIfAllowed(link: Link, command: string[]): Promise<Reply | undefined> {
  try {
    return await link.call(command)
  } catch (error) {
    if (error instanceof ErrorAnswer && /^(?:NOPERM|ERR)\b/.test(error.reply)) return undefined
    throw error
  }
}
