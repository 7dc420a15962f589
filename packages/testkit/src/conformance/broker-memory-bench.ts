import type { Broker } from '@assent/contract'
import { MESSAGE_MAX_BYTES, memoryBroker } from '../broker/index.ts'
import type { BrokerBench } from './broker-bench.ts'

/** The broker in memory; `wrap` may come between the suite and each of its clients. */
export async function openMemoryBrokerBench(
  wrap: (broker: Broker) => Broker = (broker) => broker,
): Promise<BrokerBench> {
  const memory = memoryBroker({ createsTopics: false })
  const clients: Broker[] = []
  return {
    connect() {
      const client = wrap(memory.connect())
      clients.push(client)
      return client
    },
    async goAway() {
      memory.inject({ isAway: true })
    },
    async comeBack() {
      memory.inject({ isAway: false })
    },
    sendTimeoutMs: 0,
    messageMaxBytes: MESSAGE_MAX_BYTES,
    async close() {
      await Promise.all(clients.map((client) => client.close()))
    },
  }
}
