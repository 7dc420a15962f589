import type { FaultName } from './faults/kinds.ts'

/** Every store that a coordinator can be told to keep its transactions in. */
export const CRASH_STORES = ['memory', 'sqlite', 'postgres', 'mysql', 'redis'] as const
export type CrashStore = (typeof CRASH_STORES)[number]

/** How long and how hard a crash run goes. */
export interface CrashSettings {
  store: CrashStore
  /** Coordinators that share the store. */
  coordinators: number
  /** What goes wrong beside the answers of the banks. */
  faults: readonly FaultName[]
  /** So many faults must strike amid work before everything is let come to rest. */
  strikes: number
  /** Where chance begins: which transfers are made, what the banks do to calls, what is struck when. */
  seed: number
  /** Transfers under way at once. */
  transfersAtOnce: number
  /** Without it the banks do what they are called for as often as they are called. */
  barrier: boolean
  /** Without it coordinators write over whatever stands there, and hear late that others have taken over. */
  fence: boolean
  /** How long everything may take to come to rest at the end, milliseconds. */
  restMs: number
}

type Surrounded = Pick<CrashSettings, 'coordinators' | 'faults' | 'strikes'>

const COORDINATOR_FAULTS = ['coordinator killed', 'coordinator killed as it starts'] as const
const BANK_FAULTS = ['bank killed', 'bank killed as it starts'] as const

/** Two coordinators, each of which may drive what the other left, on a database that goes away too. */
const SHARED: Surrounded = {
  coordinators: 2,
  faults: [
    ...COORDINATOR_FAULTS,
    'coordinator killed, away beyond its lease',
    'coordinator paused beyond its lease',
    'coordinator stopped and replaced',
    'database killed',
    'database killed, away beyond the lease',
    'database paused beyond the lease',
  ],
  strikes: 32,
}

const BY_STORE: Readonly<Record<CrashStore, Surrounded>> = {
  // It forgets everything when its process ends, so only those that are called are killed.
  memory: { coordinators: 1, faults: BANK_FAULTS, strikes: 30 },
  // One process owns it.
  sqlite: { coordinators: 1, faults: [...COORDINATOR_FAULTS, ...BANK_FAULTS], strikes: 50 },
  postgres: SHARED,
  mysql: SHARED,
  redis: SHARED,
}

/** A run on this store, as it is unless told otherwise. */
export function crashSettings(store: CrashStore, more: Partial<CrashSettings> = {}): CrashSettings {
  return {
    store,
    ...BY_STORE[store],
    seed: 1,
    transfersAtOnce: 40,
    barrier: true,
    fence: true,
    restMs: 60_000,
    ...more,
  }
}
