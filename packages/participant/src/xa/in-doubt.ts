import type { Branches } from './branches.ts'
import type { BranchId } from './dialect.ts'
import type { InDoubt } from './xa.ts'

const FIRST = { gid: '', branchId: '', registeredAt: -1 }

/** The next branches behind `after`: the unregistered by their names, then the registered by their age. */
export async function inDoubt(
  branches: Branches<unknown>,
  after: InDoubt | undefined,
  limit: number,
): Promise<readonly InDoubt[]> {
  const { registrations } = branches
  const prepared = await branches.prepared()
  const unregistered = await unregisteredOf(branches, prepared, after, limit)
  const room = limit - unregistered.length
  if (room === 0) return unregistered
  const from = after?.registeredAt === undefined ? FIRST : { ...after, registeredAt: after.registeredAt }
  const { rows } = await branches.read((session) => session.run(registrations.list(from, room)))
  const held = new Set(prepared.map(keyOf))
  const registered = registrations
    .listed(rows)
    .map((each) => ({ ...each, isPrepared: held.has(keyOf(each)) }))
  return [...unregistered, ...registered]
}

async function unregisteredOf(
  branches: Branches<unknown>,
  prepared: readonly BranchId[],
  after: InDoubt | undefined,
  limit: number,
): Promise<InDoubt[]> {
  // They come first, and were all seen by then.
  if (after?.registeredAt !== undefined) return []
  const { registrations } = branches
  const last = after === undefined ? '' : keyOf(after)
  const behind = prepared.filter((each) => keyOf(each) > last).sort(byKey)
  return branches.read(async (session) => {
    const unregistered: InDoubt[] = []
    for (const { gid, branchId } of behind) {
      if (unregistered.length === limit) break
      const found = registrations.found(await session.run(registrations.find({ gid, branchId })))
      if (found === undefined) unregistered.push({ gid, branchId, isPrepared: true, registeredAt: undefined })
    }
    return unregistered
  })
}

function keyOf({ gid, branchId }: BranchId): string {
  return `${gid}/${branchId}`
}

function byKey(one: BranchId, other: BranchId): number {
  return keyOf(one) < keyOf(other) ? -1 : 1
}
