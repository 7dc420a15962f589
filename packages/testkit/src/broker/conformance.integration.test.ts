import { describe, it } from 'vitest'
import { brokerConformance, openMemoryBrokerBench } from '../conformance/broker.ts'

describe('the broker in memory', () => {
  for (const { title, run } of brokerConformance(openMemoryBrokerBench)) it(title, run)
})
