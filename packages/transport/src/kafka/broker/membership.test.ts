import { EventEmitter } from 'node:events'
import type { IncomingMessage } from '@assent/contract'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { HeldPartition } from '../delivery/index.ts'
import type { Library } from './library.ts'
import { COMMIT_INTERVAL_MS } from './limits.ts'
import { Membership } from './membership.ts'

const TOPIC = 'orders'

/** What a member needs of the library, answered by hand. */
class Consumer extends EventEmitter {
  static made: Consumer[] = []
  readonly topics = { clear() {}, trackAll() {} }
  readonly commit = vi.fn(async (_asked: { offsets: { partition: number; offset: bigint }[] }) => {})
  readonly joinGroup = vi.fn(async () => 'member')
  readonly listCommittedOffsets = vi.fn(async () => new Map([[TOPIC, [5n]]]))
  readonly metadata = vi.fn(async () => ({
    topics: new Map([[TOPIC, { id: TOPIC, partitions: [{ leader: 1 }] }]]),
  }))
  readonly fetch = vi.fn<() => Promise<unknown>>(() => new Promise(() => {}))
  readonly close = vi.fn(async () => {})

  constructor() {
    super()
    Consumer.made.push(this)
  }

  share(generationId: number): void {
    const assignments = [{ topic: TOPIC, partitions: [0] }]
    this.emit('consumer:group:join', { memberId: 'member', generationId, assignments })
  }
}

const memberships: Membership[] = []

/** One message that stands at offset 5. */
const BATCH = {
  firstOffset: 5n,
  lastOffsetDelta: 0,
  attributes: 0,
  firstTimestamp: 0n,
  records: [{ offsetDelta: 0, timestampDelta: 0n, headers: [] }],
}
const FETCHED = { responses: [{ topicId: TOPIC, partitions: [{ partitionIndex: 0, records: [BATCH] }] }] }

function newMembership() {
  const take = vi.fn<(held: HeldPartition, messages: readonly IncomingMessage[]) => void>()
  const membership = new Membership({
    library: { Consumer, ListOffsetTimestamps: {} } as unknown as Library,
    broker: { brokers: '127.0.0.1:1' },
    subscription: { topics: [TOPIC], group: 'shop', async handle() {} },
    take,
    onMissing() {},
    onError() {},
  })
  memberships.push(membership)
  const [group, reader] = Consumer.made as [Consumer, Consumer]
  return { membership, group, reader, take }
}

afterEach(async () => {
  await Promise.all(memberships.splice(0).map((membership) => membership.close()))
  Consumer.made = []
  vi.useRealTimers()
})

describe('a member of a group', () => {
  it('commits what ended while partitions were shared, also of those that it keeps', async () => {
    vi.useFakeTimers()
    const { membership, group, reader, take } = newMembership()
    reader.fetch.mockResolvedValueOnce(FETCHED)
    group.share(1)
    await vi.waitFor(() => expect(take).toHaveBeenCalled())
    const [held, [message]] = take.mock.calls[0] as [HeldPartition, [IncomingMessage]]
    const place = held.begin(message)
    group.emit('consumer:group:rebalance')
    held.end(message, place)
    membership.ended(held)
    await vi.advanceTimersByTimeAsync(2 * COMMIT_INTERVAL_MS)
    expect(group.commit).not.toHaveBeenCalled()
    group.share(2)
    await vi.waitFor(() => expect(group.commit).toHaveBeenCalled())
    const [[{ offsets }]] = group.commit.mock.calls as [[{ offsets: object[] }]]
    expect(offsets).toMatchObject([{ topic: TOPIC, partition: 0, offset: 6n }])
  })
})
