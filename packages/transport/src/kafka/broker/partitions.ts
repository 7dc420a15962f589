import type { Library } from './library.ts'

/** As Java's clients choose, so that services in other languages put the same key in the same partition. */
export function partitionOf(library: Library, key: string, partitions: number): number {
  return library.compatibilityPartitioner(undefined as never, Buffer.from(key)) % partitions
}

/** The topics that a member of a group asks for. */
export interface Asker {
  memberId: string
  topics: readonly string[]
}

/**
 * Shares the partitions of each topic among the members that ask for it, in turns, and goes on with the next topic at
 * the member at which the last one ended.
 */
export function shareOut(
  members: readonly Asker[],
  partitionsOf: (topic: string) => number,
): Map<string, Map<string, number[]>> {
  const shares = new Map<string, Map<string, number[]>>()
  const sorted = members.toSorted((one, two) => (one.memberId < two.memberId ? -1 : 1))
  for (const { memberId } of sorted) shares.set(memberId, new Map())
  const topics = [...new Set(sorted.flatMap((member) => member.topics))].sort()
  let turn = 0
  for (const topic of topics) {
    const askers = sorted.filter((member) => member.topics.includes(topic))
    for (let partition = 0; partition < partitionsOf(topic); partition++) {
      const asker = askers[turn++ % askers.length]
      if (asker === undefined) continue
      const share = shares.get(asker.memberId)
      share?.set(topic, [...(share.get(topic) ?? []), partition])
    }
  }
  return shares
}
