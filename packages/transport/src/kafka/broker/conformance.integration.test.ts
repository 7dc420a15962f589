import type { Broker } from '@assent/contract'
import { type BrokerBench, brokerConformance } from '@assent/testkit/conformance/broker'
import { type OwnServer, startKafka } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { kafkaBroker } from './broker.ts'

/** What a value may be long, so that its message fits in a batch of 1 MiB. */
const VALUE_MAX_BYTES = 1_000_000
const SEND_TIMEOUT_MS = 2_000
const START_MS = 60_000

let server: OwnServer
beforeAll(async () => {
  server = await startKafka()
}, START_MS)
afterAll(() => server?.close())

async function open(): Promise<BrokerBench> {
  const clients: Broker[] = []
  return {
    connect() {
      const client = kafkaBroker({ brokers: server.url, sendTimeoutMs: SEND_TIMEOUT_MS })
      clients.push(client)
      return client
    },
    async goAway() {
      server.pause()
    },
    async comeBack() {
      server.resume()
    },
    sendTimeoutMs: SEND_TIMEOUT_MS,
    messageMaxBytes: VALUE_MAX_BYTES,
    async close() {
      server.resume()
      await Promise.all(clients.map((client) => client.close()))
    },
  }
}

describe('Apache Kafka', () => {
  for (const { title, run } of brokerConformance(open)) it(title, run)
})
