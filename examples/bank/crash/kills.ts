import { setTimeout as sleep } from 'node:timers/promises'
import { seededChance } from '../src/faults.ts'
import type { KillableProcess } from './killable-process.ts'

/** How long a process lives on average once it is ready. */
const LIFE_MEAN_MS = 400
/** How many transfers have their answer in that time at least, so that also on a slow machine work is killed. */
const LIFE_MEAN_TRANSFERS = 3
const LIFE_MAX_MS = 2_500
/** How many are killed while they start, when they take up what was left. */
const DURING_START = 0.15
const START_MS = 500
const POLL_MS = 5

export interface Kills {
  seed: number
  /** Whether there is one more kill to do; counts it. */
  mayKill: () => boolean
  /** Transfers so far that have had their last answer. */
  answered: () => number
}

/** Kills one process again and again, each time at a moment that chance chooses. */
export async function killAgainAndAgain(process: KillableProcess, kills: Kills): Promise<void> {
  const chance = seededChance(kills.seed)
  while (kills.mayKill()) {
    if (chance() < DURING_START) await sleep(chance() * START_MS)
    else {
      await process.ready()
      await life(exponential(chance, LIFE_MEAN_MS), exponential(chance, LIFE_MEAN_TRANSFERS), kills.answered)
    }
    await process.kill()
    process.start()
  }
}

async function life(ms: number, transfers: number, answered: () => number): Promise<void> {
  const answeredBefore = answered()
  const deadline = performance.now() + LIFE_MAX_MS
  await sleep(Math.min(ms, LIFE_MAX_MS))
  while (answered() - answeredBefore < transfers && performance.now() < deadline) await sleep(POLL_MS)
}

function exponential(chance: () => number, mean: number): number {
  return -Math.log(1 - chance()) * mean
}
