import { ErrorAnswer } from './failures.ts'
import type { Link } from './link.ts'
import { storeInvalid } from './refusals.ts'
import type { Reply } from './session.ts'

/** Something by which a server keeps less than it acknowledges. */
export interface Weakness {
  /** By which it is accepted: the server's own setting, where there is one. */
  name: string
  /** What it may cost. */
  words: string
}

const LOST = 'what was acknowledged'
const WEAKNESSES = {
  'appendonly=no': `a crash of the server loses ${LOST} since its last snapshot`,
  'appendfsync=everysec': `a power cut loses ${LOST} in the last second or two`,
  'appendfsync=no': `a power cut loses ${LOST} in the last half minute or so`,
  'no-appendfsync-on-rewrite=yes': `a power cut while the log is rewritten loses ${LOST} meanwhile`,
  'asynchronous-failover': `a server that takes over from this one may not have received all of ${LOST}`,
  unverified: 'its settings may not be read, so that nobody knows what a crash or a power cut loses',
} as const
/** Followed by the policy: these take any key, and the others only keys that expire, which none of ours does. */
const EVICTING = 'maxmemory-policy=allkeys-'
const EVICTS = 'a server whose memory is full deletes transactions, those that are under way too'

/** What is weak about any of the servers. Rejects with NotSent, AnswerLost or ErrorAnswer. */
export async function weaknessesOf(links: readonly Link[], waitsForDisk: boolean): Promise<Weakness[]> {
  const names = new Set((await Promise.all(links.map((link) => weaknessesAt(link, waitsForDisk)))).flat())
  return [...names].map((name) => ({ name, words: `${name}: ${wordsFor(name)}` }))
}

/** Throws STORE_INVALID, naming what must be set or accepted. */
export function assertAccepted(where: string, found: readonly Weakness[], accepted: readonly string[]): void {
  const stray = accepted.filter((name) => wordsFor(name) === undefined)
  if (stray.length > 0) {
    const known = [...Object.keys(WEAKNESSES), `${EVICTING}…`].join(', ')
    throw storeInvalid(where, `no weakness is called ${stray.join(', ')}`, `those that there are: ${known}`)
  }
  const refused = found.filter(({ name }) => !accepted.includes(name))
  if (refused.length === 0) return
  const why = refused.map(({ words }) => words).join('; ')
  const names = refused.map(({ name }) => name).join(', ')
  throw storeInvalid(where, why, `set it otherwise, or accept this by its name: ${names}`)
}

function wordsFor(name: string): string | undefined {
  if (name.startsWith(EVICTING)) return EVICTS
  return Object.hasOwn(WEAKNESSES, name) ? WEAKNESSES[name as keyof typeof WEAKNESSES] : undefined
}

async function weaknessesAt(link: Link, waitsForDisk: boolean): Promise<string[]> {
  const [settings, hasSuccessors] = await Promise.all([settingsOf(link), canFailOver(link)])
  const names = settings === undefined ? [] : weaknessesIn(settings, waitsForDisk)
  if (hasSuccessors) names.push('asynchronous-failover')
  if (settings === undefined || hasSuccessors === undefined) names.push('unverified')
  return names
}

function weaknessesIn(settings: ReadonlyMap<string, string>, waitsForDisk: boolean): string[] {
  const [appendonly, appendfsync, onRewrite, policy] = SETTINGS.map((name) => settings.get(name) ?? '')
  const names: string[] = []
  if (appendonly !== 'yes') names.push('appendonly=no')
  else if (appendfsync === 'no') names.push('appendfsync=no')
  else if (!waitsForDisk) {
    if (appendfsync !== 'always') names.push('appendfsync=everysec')
    if (onRewrite === 'yes') names.push('no-appendfsync-on-rewrite=yes')
  }
  if (`maxmemory-policy=${policy}`.startsWith(EVICTING)) names.push(`maxmemory-policy=${policy}`)
  return names
}

const SETTINGS = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite', 'maxmemory-policy'] as const

/** Undefined where they may not be read. */
async function settingsOf(link: Link): Promise<ReadonlyMap<string, string> | undefined> {
  const reply = (await askIfAllowed(link, ['CONFIG', 'GET', ...SETTINGS])) as string[] | undefined
  const settings = new Map<string, string>()
  for (let at = 0; reply !== undefined && at < reply.length; at += 2) {
    settings.set(reply[at] as string, reply[at + 1] as string)
  }
  return SETTINGS.every((name) => settings.has(name)) ? settings : undefined
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
