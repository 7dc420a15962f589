import { setTimeout as sleep } from 'node:timers/promises'

/** What can be struck. */
export type Struck = 'coordinators' | 'banks' | 'database'

/** A process, or a database, that faults strike. */
export interface Victim {
  readonly name: string
  start(): void | Promise<void>
  /** Resolves once it answers; rejects when it never will. */
  ready(): Promise<void>
  /** `kill -9`, or for a database whatever comes nearest to it. Resolves when it is gone. */
  kill(): Promise<void>
  /** Stands still for so long, and goes on as if nothing had been. */
  pause(ms: number): Promise<void>
  /** Asked to stop in an orderly manner. Resolves when it is gone. */
  stop(): Promise<void>
}

export interface FaultKind {
  strikes: Struck
  /** How often it comes among all that strike the same. */
  share: number
  /** `work`: once the victim has done something. `start`: while it takes up what it left. */
  amid: 'work' | 'start'
  /** Resolves when the victim runs again or has been started. `chance` is from 0 to 1. */
  strike(victim: Victim, chance: () => number): Promise<void>
}

/** The lease of coordinators that share a store: short, so that one that is struck is soon given up. */
export const LEASE_MS = 1_500

/** Longer than a lease, and at times much longer. */
const beyondLease = (chance: () => number): number => LEASE_MS * (1.1 + chance())

async function killed(victim: Victim): Promise<void> {
  await victim.kill()
  await victim.start()
}

async function away(victim: Victim, chance: () => number): Promise<void> {
  await victim.kill()
  await sleep(beyondLease(chance))
  await victim.start()
}

async function paused(victim: Victim, chance: () => number): Promise<void> {
  await victim.pause(beyondLease(chance))
}

async function replaced(victim: Victim): Promise<void> {
  await victim.stop()
  await victim.start()
}

export const FAULT_KINDS = {
  'coordinator killed': { strikes: 'coordinators', share: 2, amid: 'work', strike: killed },
  'coordinator killed as it starts': { strikes: 'coordinators', share: 1, amid: 'start', strike: killed },
  'coordinator killed, away beyond its lease': {
    strikes: 'coordinators',
    share: 2,
    amid: 'work',
    strike: away,
  },
  'coordinator paused beyond its lease': { strikes: 'coordinators', share: 3, amid: 'work', strike: paused },
  'coordinator stopped and replaced': { strikes: 'coordinators', share: 1, amid: 'work', strike: replaced },
  'database killed': { strikes: 'database', share: 2, amid: 'work', strike: killed },
  'database killed, away beyond the lease': { strikes: 'database', share: 1, amid: 'work', strike: away },
  'database paused beyond the lease': { strikes: 'database', share: 1, amid: 'work', strike: paused },
  'bank killed': { strikes: 'banks', share: 6, amid: 'work', strike: killed },
  'bank killed as it starts': { strikes: 'banks', share: 1, amid: 'start', strike: killed },
} as const satisfies Record<string, FaultKind>

export type FaultName = keyof typeof FAULT_KINDS
