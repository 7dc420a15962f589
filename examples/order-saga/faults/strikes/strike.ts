import { setTimeout as sleep } from 'node:timers/promises'
import { dealt, exponential, seededChance } from '../chance.ts'
import type { FaultKind, Victim } from './kinds.ts'

/** So many orders come to an end before it is struck, on average: only what works can be struck amid work. */
const LIFE_MEAN_ENDS = 10
const LIFE_MAX_MS = 20_000
/** What is struck while it starts is struck within this time. */
const START_MS = 1_000
const POLL_MS = 10

/** One fault that has struck. */
export interface Strike {
  victim: string
  fault: FaultKind['name']
  /** Orders were under way, and others had come to their end since the victim was well. */
  amidWork: boolean
  /** Since the first order, milliseconds. */
  atMs: number
}

/** How customers get on. */
export interface Progress {
  underWay(): number
  ended(): number
}

export interface Striking {
  seed: number
  faults: readonly [FaultKind, ...FaultKind[]]
  /** How long the victim is left alone on average once it is well, milliseconds. */
  lifeMs: number
  progress: Progress
  isOver(): boolean
  struck(strike: Omit<Strike, 'atMs'>): void
}

/** Strikes one victim again and again, each time at a moment that chance chooses. */
export async function strikeAgainAndAgain(victim: Victim, striking: Striking): Promise<void> {
  const { progress, isOver } = striking
  const chance = seededChance(striking.seed)
  const nextOf = dealt(striking.faults, chance)
  while (!isOver()) {
    const fault = nextOf()
    const endedBefore = await liveOn(victim, fault, striking, chance)
    if (isOver()) break
    const amidWork = fault.amid === 'work' && progress.underWay() > 0 && progress.ended() > endedBefore
    await fault.strike(victim, chance)
    striking.struck({ victim: victim.name, fault: fault.name, amidWork })
  }
  await victim.ready()
}

/** Until it is to be struck. Answers how many orders had ended before it was well. */
async function liveOn(
  victim: Victim,
  { amid }: FaultKind,
  { progress, lifeMs, isOver }: Striking,
  chance: () => number,
): Promise<number> {
  if (amid === 'start') {
    await sleep(chance() * START_MS)
    return progress.ended()
  }
  await victim.ready()
  const before = progress.ended()
  const wanted = before + exponential(chance, LIFE_MEAN_ENDS)
  const lateMs = performance.now() + LIFE_MAX_MS
  await sleep(Math.min(exponential(chance, lifeMs), LIFE_MAX_MS))
  while (performance.now() < lateMs && !isOver()) {
    if (progress.ended() > wanted && progress.underWay() > 0) break
    await sleep(POLL_MS)
  }
  return before
}
