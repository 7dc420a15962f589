import type { TransportBench } from './transport-bench.ts'
import { transportCalls } from './transport-calls.ts'
import { transportLimits } from './transport-limits.ts'
import { transportOutcomes } from './transport-outcomes.ts'

export type { Behaviour, TransportBench, TransportPromise } from './transport-bench.ts'
export { LOCAL_EXEMPTS, openLocalBench } from './transport-local-bench.ts'

/** A promise that a transport can't keep or break, and why. */
export interface Exempt {
  title: string
  reason: string
}

/** One promise as a test runs it: `run` throws an AssertionError when it is broken. */
export interface ConformanceTest {
  title: string
  /** Why it does not apply; undefined when it does. */
  exempt: string | undefined
  run(): Promise<void>
}

/**
 * Every promise of the transport port as a test of this transport, for whichever test runner:
 *
 *     for (const { title, exempt, run } of transportConformance(open)) it.skipIf(exempt)(title, run)
 *
 * `open` makes a new bench for each test. Throws for an exemption from a promise that the suite doesn't have.
 */
export function transportConformance(
  open: () => Promise<TransportBench>,
  exempts: readonly Exempt[] = [],
): readonly ConformanceTest[] {
  const promises = [...transportOutcomes, ...transportLimits, ...transportCalls]
  const stray = exempts.find(({ title }) => !promises.some((promise) => promise.title === title))
  if (stray) throw new Error(`no promise is called "${stray.title}"`)
  return promises.map(({ title, hold }) => ({
    title,
    exempt: exempts.find((exempt) => exempt.title === title)?.reason,
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
