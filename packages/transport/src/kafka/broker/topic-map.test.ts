import { BrokerUnavailable, MessageInvalid } from '@assent/contract'
import { describe, expect, it } from 'vitest'
import { METADATA_MAX_AGE_MS } from './limits.ts'
import { TopicMap } from './topic-map.ts'

const to = (topic: string, partition?: number) => ({
  topic,
  key: '',
  value: '',
  ...(partition !== undefined && { partition }),
})

function mapOf(leaders: number[], now = 0): TopicMap {
  const map = new TopicMap()
  const partitions = leaders.map((leader) => ({
    leader,
    leaderEpoch: 0,
    replicas: [],
    isr: [],
    offlineReplicas: [],
  }))
  map.learn(
    { topics: new Map([['orders', { id: '', partitions, partitionsCount: leaders.length, lastUpdate: 0 }]]) },
    now,
  )
  return map
}

describe('what is known of topics', () => {
  it('is asked for once, and may be asked for again after a while', () => {
    const map = mapOf([1, 2])
    expect(map.missing([to('orders'), to('events'), to('events')], 1)).toEqual(['events'])
    expect(map.missing([to('orders')], METADATA_MAX_AGE_MS + 1)).toEqual([])
    expect([map.old(METADATA_MAX_AGE_MS), map.old(METADATA_MAX_AGE_MS + 1)]).toEqual([[], ['orders']])
    expect([map.partitions('orders'), map.leader('orders', 1)]).toEqual([2, 2])
  })

  it('is asked for again when a partition is named that it lacks, but not each time', () => {
    const map = mapOf([1, 2])
    expect(map.missing([to('orders', 2)], 500)).toEqual([])
    expect(map.missing([to('orders', 2)], 5_000)).toEqual(['orders'])
    expect(() => map.leader('orders', 2)).toThrow(MessageInvalid)
  })

  it('says of a topic that is missing that it may come', () => {
    expect(() => mapOf([]).partitions('orders')).toThrow(BrokerUnavailable)
  })
})
