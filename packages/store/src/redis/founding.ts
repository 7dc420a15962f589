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
  const { tag, about } = keyspaceOf(prefix, 1)
  const wanted = slots ?? (servers.isCluster ? CLUSTER_SLOTS : 1)
  const type = await servers.call(tag, ['TYPE', about])
  if (type === 'none') await assertEmpty(servers, keyspaceOf(prefix, wanted))
  else if (type !== 'hash') throw storeInvalid(about, 'it belongs to another program', NAME_ANOTHER)
  const [layout, kept] = (
    type === 'none'
      ? await runScript((command) => servers.change(tag, command), FOUND, {
          keys: [about],
          values: [String(LAYOUT), String(wanted)],
        })
      : await servers.call(tag, ['HMGET', about, 'layout', 'slots'])
  ) as (string | null)[]
  assertLayout(about, layout ?? null)
  if (slots !== undefined && slots !== Number(kept)) {
    throw storeInvalid(
      about,
      `its keys are split into ${kept} slots, and ${slots} are asked for`,
      `ask for ${kept}, or name another prefix; a store keeps the slots with which it began`,
    )
  }
  const keyspace = keyspaceOf(prefix, Number(kept))
  await assertOurs(servers, keyspace)
  await proveRights(servers, keyspace)
  return keyspace
}

function assertLayout(about: string, layout: string | null): void {
  const number = Number(layout)
  if (layout === null || !Number.isSafeInteger(number) || number < 1) {
    throw storeInvalid(about, 'it belongs to another program', NAME_ANOTHER)
  }
  if (number > LAYOUT) {
    throw storeInvalid(
      about,
      `its layout is number ${number} and this version knows ${LAYOUT}`,
      'run the version that wrote it, or a newer one',
    )
  }
}

/** A store whose own key is missing must not be founded anew over what is left of it. */
async function assertEmpty(servers: Servers, { about, incarnations, tag, slots }: Keyspace): Promise<void> {
  const counts = await Promise.all([
    servers.call(tag, ['EXISTS', incarnations]),
    ...slots.map((slot) => servers.call(slot.tag, ['EXISTS', ...slot.setKeys])),
  ])
  if (counts.every((count) => count === 0)) return
  throw storeInvalid(
    about,
    'it is missing, and other keys of a store are there',
    `restore it from a backup, delete those keys, or ${NAME_ANOTHER}`,
  )
}

/** Whoever may not use a command hears of it now, and not when half of something is written. */
async function proveRights(servers: Servers, { tag, slots }: Keyspace): Promise<void> {
  const tags = [tag, ...slots.map((slot) => slot.tag)]
  await Promise.all(
    tags.map((one) => runScript((command) => servers.change(one, command), PROVE_ON, probeOf(one))),
  )
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

/** Whether a server says by this that we may not do what we must. */
export function isForbidden(error: unknown): error is ErrorAnswer {
  return (
    error instanceof ErrorAnswer &&
    /^(?:NOPERM|NOAUTH|WRONGPASS)\b|can't (?:run this command|access at least one of the keys)/.test(
      error.reply,
    )
  )
}
