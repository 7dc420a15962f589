import { probeOf } from './database.ts'
import { ErrorAnswer } from './failures.ts'
import { type Keyspace, keyspaceOf } from './keyspace.ts'
import type { Settings } from './options.ts'
import { storeInvalid } from './refusals.ts'
import { FOUND, PROVE_ON, runScript } from './scripts.ts'
import type { Servers } from './servers.ts'

/** How rows and sorted sets are laid out. Another layout is another number. */
const LAYOUT = 1
/** Enough for each of a dozen nodes to hold some. */
const CLUSTER_SLOTS = 16

const NAME_ANOTHER = 'name another prefix or another database'

/** The keyspace as it stands, made where there is none. Throws STORE_INVALID for one that is not this program's. */
export async function found(servers: Servers, { prefix, slots }: Settings): Promise<Keyspace> {
  const wanted = keyspaceOf(prefix, slots ?? (servers.isCluster ? CLUSTER_SLOTS : 1))
  const { tag, about } = wanted
  const isMissing = async (): Promise<boolean> => (await servers.call(tag, ['EXISTS', about])) === 0
  // Whoever founded it just now may have begun to write.
  if ((await isMissing()) && (await hasAny(servers, wanted)) && (await isMissing())) {
    const remedy = `restore it from a backup, delete those keys, or ${NAME_ANOTHER}`
    throw storeInvalid(about, 'it is missing, and other keys of a store are there', remedy)
  }
  const kept = keyspaceOf(prefix, await slotsOf(servers, wanted))
  if (slots !== undefined && slots !== kept.slots.length) {
    throw storeInvalid(
      about,
      `its keys are split into ${kept.slots.length} slots, and ${slots} are asked for`,
      `ask for ${kept.slots.length}, or name another prefix; a store keeps the slots with which it began`,
    )
  }
  await assertOurs(servers, kept)
  await proveRights(servers, kept)
  return kept
}

async function hasAny(servers: Servers, { incarnations, tag, slots }: Keyspace): Promise<boolean> {
  const counts = await Promise.all([
    servers.call(tag, ['EXISTS', incarnations]),
    ...slots.map((slot) => servers.call(slot.tag, ['EXISTS', ...slot.setKeys])),
  ])
  return counts.some((count) => count !== 0)
}

/** How many slots there are: as many as wanted where nobody was here before. */
async function slotsOf(servers: Servers, { tag, about, slots }: Keyspace): Promise<number> {
  if (!['none', 'hash'].includes((await servers.call(tag, ['TYPE', about])) as string)) {
    throw storeInvalid(about, 'it belongs to another program', NAME_ANOTHER)
  }
  const given = { keys: [about], values: [String(LAYOUT), String(slots.length)] }
  const [layout, kept] = (
    (await runScript((command) => servers.change(tag, command), FOUND, given)) as (string | null)[]
  ).map(Number) as [number, number]
  if (!(layout >= 1 && kept >= 1)) throw storeInvalid(about, 'it belongs to another program', NAME_ANOTHER)
  if (layout > LAYOUT) {
    throw storeInvalid(
      about,
      `its layout is number ${layout} and this version knows ${LAYOUT}`,
      'run the version that wrote it, or a newer one',
    )
  }
  return kept
}

async function assertOurs(servers: Servers, { slots }: Keyspace): Promise<void> {
  const types = slots.flatMap(({ tag, setKeys }) =>
    setKeys.map(async (key) => ({ key, type: await servers.call(tag, ['TYPE', key]) })),
  )
  for (const { key, type } of await Promise.all(types)) {
    if (type === 'none' || type === 'zset') continue
    throw storeInvalid(key, 'it belongs to another program', NAME_ANOTHER)
  }
}

/** Whoever may not use a command hears of it now, and not when half of something is written. */
async function proveRights(servers: Servers, { tag, slots }: Keyspace): Promise<void> {
  const tags = [tag, ...slots.map((slot) => slot.tag)]
  await Promise.all(
    tags.map((one) => runScript((command) => servers.change(one, command), PROVE_ON, probeOf(one))),
  )
}

/** Whether a server says by this that we may not do what we must. */
export function isForbidden(error: unknown): error is ErrorAnswer {
  return (
    error instanceof ErrorAnswer &&
    /^(?:NOPERM|NOAUTH|WRONGPASS)\b|can't (?:run this command|access at least one of the keys)/.test(
      error.reply,
    )
  )
}
