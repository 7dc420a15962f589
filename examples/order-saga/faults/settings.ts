import type { SystemOptions } from '../src/launch/system.ts'

/** How long and how hard a run goes. */
export interface FaultSettings {
  /** So many faults must strike amid work before everything is let come to rest. */
  faults: number
  /** Where chance begins: what is ordered, what is struck when, which messages come again. */
  seed: number
  /** Who order one thing after another. */
  customers: number
  /** How long everything may take to come to rest at the end, milliseconds. */
  restMs: number
  /** Commands that are sent once more when everything has ended. */
  repeats: number
  /** What runs in the place of a service, to see that it would be found out. */
  scripts?: SystemOptions['scripts']
}

/** A run as it is unless told otherwise. */
export function faultSettings(more: Partial<FaultSettings> = {}): FaultSettings {
  return { faults: 30, seed: 1, customers: 16, restMs: 90_000, repeats: 200, ...more }
}
