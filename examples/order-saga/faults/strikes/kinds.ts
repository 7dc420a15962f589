import { setTimeout as sleep } from 'node:timers/promises'

/** What faults strike: a service, the broker or the database server. */
export interface Victim {
  readonly name: string
  start(): void | Promise<void>
  /** Resolves once it is well; rejects when it never will be. */
  ready(): Promise<void>
  /** `kill -9`, or for PostgreSQL what comes nearest to it. Resolves when it is gone. */
  kill(): Promise<void>
  /** Stands still for so long, and goes on as if nothing had been. */
  pause(ms: number): Promise<void>
}

export interface FaultKind {
  name: 'killed' | 'killed twice' | 'killed and away' | 'paused'
  /** Resolves when the victim runs again or has been started. `chance` is from 0 to 1. */
  strike(victim: Victim, chance: () => number): Promise<void>
}

/** From shorter to longer than the broker waits for a member of a group, and the coordinator's lease lasts. */
const ABSENCE_MS = { least: 2_000, most: 12_000 } as const
/** What is killed as it starts is killed within this time. */
const START_MS = 1_000

const absenceMs = (chance: () => number): number =>
  ABSENCE_MS.least + chance() * (ABSENCE_MS.most - ABSENCE_MS.least)

const KILLED: FaultKind = {
  name: 'killed',
  async strike(victim) {
    await victim.kill()
    await victim.start()
  },
}
/** The second time while it takes up what it left. */
const KILLED_TWICE: FaultKind = {
  name: 'killed twice',
  async strike(victim, chance) {
    await KILLED.strike(victim, chance)
    await sleep(chance() * START_MS)
    await KILLED.strike(victim, chance)
  },
}
const KILLED_AND_AWAY: FaultKind = {
  name: 'killed and away',
  async strike(victim, chance) {
    await victim.kill()
    await sleep(absenceMs(chance))
    await victim.start()
  },
}
const PAUSED: FaultKind = {
  name: 'paused',
  strike: (victim, chance) => victim.pause(absenceMs(chance)),
}

/** What strikes a service, each as often as it is here. */
export const SERVICE_FAULTS: readonly FaultKind[] = [
  KILLED,
  KILLED,
  KILLED,
  KILLED,
  KILLED_TWICE,
  KILLED_AND_AWAY,
  PAUSED,
]
/** What strikes the servers that all of them need. */
export const SERVER_FAULTS: readonly FaultKind[] = [KILLED, KILLED, KILLED, KILLED_AND_AWAY]
