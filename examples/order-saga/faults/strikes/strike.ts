import { setTimeout as sleep } from 'node:timers/promises'
import { dealt, exponential } from '../chance.ts'
import type { FaultKind, Victim } from './kinds.ts'

/** So many orders come to an end between two waves at least, on average: only what works can be struck amid work. */
const ENDS_MEAN = 8
/** When orders no longer come to an end, there is more to be found out by waiting than by striking. */
const CALM_MAX_MS = 60_000
/** How many cards are drawn for one wave; of each victim only the first counts. */
const WAVE_CARDS = { least: 2, most: 6 } as const
const POLL_MS = 10

/** One fault that has struck. */
export interface Strike {
  victim: string
  fault: FaultKind['name']
  /** Orders were under way, and others had come to their end since everything was well. */
  amidWork: boolean
  /** Since the first order, milliseconds. */
  atMs: number
}

/** How customers get on. */
export interface Progress {
  underWay(): number
  ended(): number
}

/** A victim, and what strikes it. */
export type Card = readonly [victim: Victim, fault: FaultKind]

export interface Striking {
  cards: readonly [Card, ...Card[]]
  chance: () => number
  /** How long everything is left alone on average once it is well, milliseconds. */
  calmMs: number
  /** Within which time all of a wave strikes, milliseconds. */
  waveMs: number
  progress: Progress
  isOver(): boolean
  struck(strike: Strike): void
}

/**
 * Strikes in waves, each of one or several victims, at moments that chance chooses: once orders come to their end again
 * behind the wave before. Resolves when it is over and everything is well.
 */
export async function strikeAgainAndAgain(striking: Striking): Promise<void> {
  const { cards, chance, waveMs, progress, isOver, struck } = striking
  const nextCard = dealt(cards, chance)
  const beganMs = performance.now()
  while (!isOver()) {
    const endedBefore = progress.ended()
    await untilAtWork(striking, endedBefore)
    if (isOver()) return
    await Promise.all(
      waveOf(nextCard, chance).map(async ([victim, fault]) => {
        await sleep(chance() * waveMs)
        const amidWork = progress.underWay() > 0 && progress.ended() > endedBefore
        struck({ victim: victim.name, fault: fault.name, amidWork, atMs: performance.now() - beganMs })
        await fault.strike(victim, chance)
        await victim.ready()
      }),
    )
  }
}

function waveOf(nextCard: () => Card, chance: () => number): Card[] {
  const { least, most } = WAVE_CARDS
  const wave = Array.from({ length: least + Math.floor(chance() * (most - least + 1)) }, nextCard)
  return wave.filter(([victim], index) => wave.findIndex(([other]) => other === victim) === index)
}

async function untilAtWork(
  { chance, calmMs, progress, isOver }: Striking,
  endedBefore: number,
): Promise<void> {
  const wanted = endedBefore + exponential(chance, ENDS_MEAN)
  const lateMs = performance.now() + CALM_MAX_MS
  await sleep(exponential(chance, calmMs))
  while (!isOver() && performance.now() < lateMs) {
    if (progress.ended() > wanted && progress.underWay() > 0) return
    await sleep(POLL_MS)
  }
}
