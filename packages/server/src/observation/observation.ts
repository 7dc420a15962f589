import type { CoordinatorParts } from '@assent/coordinator'

/** Hears what the coordinator reports. Must not throw, and must be quick: it runs inside the drive loop. */
export type Observer = NonNullable<CoordinatorParts['observer']>
export type Observation = Parameters<Observer['observe']>[0]
/** One kind of observation. */
export type Seen<Kind extends Observation['kind']> = Extract<Observation, { kind: Kind }>

/** One observer that passes on to several. */
export function together(observers: readonly Observer[]): Observer {
  return {
    observe(observation) {
      for (const observer of observers) observer.observe(observation)
    },
  }
}
