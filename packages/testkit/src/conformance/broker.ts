import { brokerAway } from './broker-away.ts'
import type { BrokerBench } from './broker-bench.ts'
import { brokerGroups } from './broker-groups.ts'
import { brokerReceiving } from './broker-receiving.ts'
import { brokerSending } from './broker-sending.ts'

export type { BrokerBench, BrokerPromise } from './broker-bench.ts'
export { openMemoryBrokerBench } from './broker-memory-bench.ts'

/** One promise as a test runs it: `run` throws an AssertionError when it is broken. */
export interface BrokerConformanceTest {
  title: string
  run(): Promise<void>
}

/**
 * Every promise of the port `Broker` as a test of this one, for whichever test runner:
 *
 *     for (const { title, run } of brokerConformance(open)) it(title, run)
 *
 * `open` makes a new bench for each test; the topics and groups of a test are its own, so the broker behind them may be
 * the same.
 */
export function brokerConformance(open: () => Promise<BrokerBench>): readonly BrokerConformanceTest[] {
  const promises = [...brokerSending, ...brokerReceiving, ...brokerGroups, ...brokerAway]
  return promises.map(({ title, hold }) => ({
    title,
    async run() {
      const bench = await open()
      try {
        await hold(bench)
      } finally {
        await bench.close()
      }
    },
  }))
}
