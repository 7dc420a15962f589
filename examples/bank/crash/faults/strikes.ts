import { setTimeout as sleep } from 'node:timers/promises'
import { seededChance } from '../../src/faults.ts'
import { dealt } from './deck.ts'
import { FAULT_KINDS, type FaultKind, type FaultName, type Struck, type Victim } from './kinds.ts'

/** How long it is left alone on average once it is ready. */
const LIFE_MEAN_MS: Readonly<Record<Struck, number>> = { coordinators: 1_000, banks: 1_500, database: 4_000 }
/** How many requests are acknowledged in that time at least, so that also on a slow machine work is struck. */
const LIFE_MEAN_ANSWERS = 3
const LIFE_MAX_MS = 6_000
/** What is struck while it starts is struck within this time. */
const START_MS = 500
const POLL_MS = 5

/** One fault that has struck. */
export interface Strike {
  fault: FaultName
  victim: string
  /** Requests were under way there, and others had been acknowledged since it was ready. */
  amidWork: boolean
}

/** What one victim does for clients, as far as they can see it. */
export interface Work {
  /** Requests that wait for an answer of its. */
  underWay(): number
  /** Requests that were acknowledged so far. */
  acknowledged(): number
}

export interface Striking {
  seed: number
  faults: readonly FaultName[]
  work: Work
  isOver(): boolean
  struck(strike: Strike): void
}

/** Strikes one victim again and again, each time at a moment that chance chooses. */
export async function strikeAgainAndAgain(victim: Victim, striking: Striking): Promise<void> {
  const { faults, work, isOver } = striking
  const chance = seededChance(striking.seed)
  const cards = faults.flatMap((name) => Array.from({ length: FAULT_KINDS[name].share }, () => name))
  const [first, ...others] = cards
  if (first === undefined) return
  const nextOf = dealt([first, ...others], chance)
  while (!isOver()) {
    const fault = nextOf()
    const kind: FaultKind = FAULT_KINDS[fault]
    const acknowledgedBefore = await liveOn(victim, kind, work, chance)
    if (isOver()) return
    const amidWork = kind.amid === 'work' && work.underWay() > 0 && work.acknowledged() > acknowledgedBefore
    await kind.strike(victim, chance)
    striking.struck({ fault, victim: victim.name, amidWork })
  }
}

/** Until it is to be struck. Answers what was acknowledged before it was ready. */
async function liveOn(victim: Victim, kind: FaultKind, work: Work, chance: () => number): Promise<number> {
  if (kind.amid === 'start') {
    await sleep(chance() * START_MS)
    return work.acknowledged()
  }
  await victim.ready()
  const before = work.acknowledged()
  const wanted = before + exponential(chance, LIFE_MEAN_ANSWERS)
  const deadline = performance.now() + LIFE_MAX_MS
  await sleep(Math.min(exponential(chance, LIFE_MEAN_MS[kind.strikes]), LIFE_MAX_MS))
  while (performance.now() < deadline) {
    if (work.acknowledged() > wanted && work.underWay() > 0) break
    await sleep(POLL_MS)
  }
  return before
}

function exponential(chance: () => number, mean: number): number {
  return -Math.log(1 - chance()) * mean
}
