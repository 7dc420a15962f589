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
  name: 'killed' | 'killed as it starts' | 'killed and away' | 'paused'
  /** `work`: once orders have come to their end since it was well. `start`: while it takes up what it left. */
  amid: 'work' | 'start'
  /** Resolves when the victim runs again or has been started. `chance` is from 0 to 1. */
  strike(victim: Victim, chance: () => number): Promise<void>
}

/** Longer than the broker waits for a member of a group, and than the coordinator's lease, at times much longer. */
const ABSENCE_MS = { least: 4_000, most: 16_000 } as const

const absenceMs = (chance: () => number): number =>
  ABSENCE_MS.least + chance() * (ABSENCE_MS.most - ABSENCE_MS.least)

async function killed(victim: Victim): Promise<void> {
  await victim.kill()
  await victim.start()
}

const KILLED: FaultKind = { name: 'killed', amid: 'work', strike: killed }
const KILLED_AS_IT_STARTS: FaultKind = { name: 'killed as it starts', amid: 'start', strike: killed }
const KILLED_AND_AWAY: FaultKind = {
  name: 'killed and away',
  amid: 'work',
  async strike(victim, chance) {
    await victim.kill()
    await sleep(absenceMs(chance) / 2)
    await victim.start()
  },
}
const PAUSED: FaultKind = {
  name: 'paused',
  amid: 'work',
  strike: (victim, chance) => victim.pause(absenceMs(chance)),
}

/** What strikes a service, each as often as it is here. */
export const SERVICE_FAULTS = [KILLED, KILLED, KILLED, KILLED_AS_IT_STARTS, KILLED_AND_AWAY, PAUSED] as const
/** What strikes the servers that all of them need. */
export const SERVER_FAULTS = [KILLED, KILLED, KILLED_AND_AWAY] as const
