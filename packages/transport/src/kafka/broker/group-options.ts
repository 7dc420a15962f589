import type { SubscribeOptions } from '@assent/contract'
import type { ClusterMetadata, GroupPartitionsAssigner } from '@platformatic/kafka'
import type { Library } from './library.ts'
import { HEARTBEAT_MS, MEMBER_GRACE_MS, REBALANCE_TIMEOUT_MS, SESSION_TIMEOUT_MS } from './limits.ts'
import { connectionOptions, type KafkaBrokerOptions } from './options.ts'
import { shareOut } from './partitions.ts'

/** How long a member may be silent, how long the others wait for it, and how long it waits for an answer. */
export function timesOf({ sessionTimeoutMs = SESSION_TIMEOUT_MS }: KafkaBrokerOptions) {
  const rebalanceMs = Math.max(REBALANCE_TIMEOUT_MS, sessionTimeoutMs)
  return { sessionMs: sessionTimeoutMs, rebalanceMs, timeoutMs: rebalanceMs + MEMBER_GRACE_MS }
}

/**
 * What the client of a member is told. `tell` is asked at each joining, with what the topics are like at that moment,
 * for what the group is told of them: a member that tells something new makes all others share anew.
 */
export function groupOptions(
  broker: KafkaBrokerOptions,
  { group }: SubscribeOptions,
  tell: (metadata: ClusterMetadata) => ReadonlyMap<string, number>,
) {
  const { sessionMs, rebalanceMs, timeoutMs } = timesOf(broker)
  return {
    ...connectionOptions(broker),
    groupId: group,
    sessionTimeout: sessionMs,
    rebalanceTimeout: rebalanceMs,
    heartbeatInterval: HEARTBEAT_MS,
    heartbeatStallTimeout: sessionMs,
    requestTimeout: timeoutMs,
    // With retries it would join again by itself within a commit, and then commit for an earlier share.
    retries: 0,
    partitionAssigner,
    protocolsMetadata: (_protocols, _topics, metadata) => Buffer.from(JSON.stringify([...tell(metadata)])),
  } satisfies ConstructorParameters<Library['Consumer']>[0]
}

/** Instead of the library's, which shares only the topics of one member, and gives them to members that did not ask. */
const partitionAssigner: GroupPartitionsAssigner = (_current, members, _topics, metadata) => {
  const askers = [...members].map(([memberId, { topics = [] }]) => ({ memberId, topics }))
  const shares = shareOut(askers, (topic) => metadata.topics.get(topic)?.partitionsCount ?? 0)
  return [...shares].map(([memberId, share]) => ({
    memberId,
    assignments: new Map([...share].map(([topic, partitions]) => [topic, { topic, partitions }])),
  }))
}
