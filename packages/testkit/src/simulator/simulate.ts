import type { Trace } from './facts/trace.ts'
import { NOTHING_PLANTED, type Plant } from './plants/plant.ts'
import { Judge } from './promises/judge.ts'
import type { Violation } from './promises/promise.ts'
import { SituationCounter } from './situations/counter.ts'
import type { Counts } from './situations/situations.ts'
import { World } from './world.ts'

/** What one seed has shown. */
export interface Verdict {
  seed: number
  violations: readonly Violation[]
  trace: Trace
  /** How often each situation came up. */
  counts: Counts
}

/** Runs the production engine and coordinator in the world of one seed: the same seed, the same run. */
export async function simulate(seed: number, plant: Plant = NOTHING_PLANTED): Promise<Verdict> {
  const world = new World(seed, plant)
  const { schedule, trace, plans } = world
  const judge = new Judge(trace, plans, () => schedule.now)
  const counter = new SituationCounter(trace, plans)
  await world.run((gid) => judge.history.isEnded(gid))
  judge.end()
  return { seed, violations: judge.violations, trace, counts: counter.counts }
}
