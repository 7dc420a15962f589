import type { Consumer } from '@platformatic/kafka'
import { HeldPartition } from '../delivery/index.ts'
import type { TopicPartition } from './holdings.ts'

/** Nothing is committed. */
export const NONE = -1n

/** Where a group goes on in each of these partitions, or begins where it has never been. */
export async function positionsOf(
  group: Consumer,
  partitions: readonly TopicPartition[],
  from: 'earliest' | 'latest',
  timestamps: { EARLIEST: bigint; LATEST: bigint },
): Promise<readonly HeldPartition[]> {
  if (partitions.length === 0) return []
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
  const wanted = [...byTopic].map(([topic, list]) => ({
    topic,
    partitions: list.map(({ partition }) => partition),
  }))
  const committed = await group.listCommittedOffsets({ topics: wanted })
  const offsetOf = ({ topic, partition }: TopicPartition): bigint => committed.get(topic)?.[partition] ?? NONE
  const fresh = partitions.filter((each) => offsetOf(each) < 0n)
  const begun = await beginnings(group, fresh, from === 'earliest' ? timestamps.EARLIEST : timestamps.LATEST)
  return partitions.map((each) => {
    const { topic, partition } = each
    const offset = offsetOf(each)
    if (offset >= 0n) return new HeldPartition(topic, partition, offset)
    const position = begun.get(topic)?.[partition] ?? 0n
    // Who begins at the end commits that at once: whoever comes next would find another end.
    return new HeldPartition(topic, partition, position, from === 'latest' ? NONE : position)
  })
}

async function beginnings(
  group: Consumer,
  fresh: readonly TopicPartition[],
  timestamp: bigint,
): Promise<ReadonlyMap<string, readonly bigint[]>> {
  if (fresh.length === 0) return new Map()
  return group.listOffsets({ topics: [...new Set(fresh.map(({ topic }) => topic))], timestamp })
}
