import type { Logger } from 'pino'
import type { Observer } from './observation.ts'

/** Warns of durability that was given up by name. A store knows it once it is open, which may be long after the start. */
export function weaknessObserver(store: { readonly weaknesses: readonly string[] }, log: Logger): Observer {
  return {
    observe(observation) {
      if (observation.kind !== 'incarnation' || observation.reason !== 'start') return
      for (const weakness of store.weaknesses) log.warn({ weakness }, `the store is weak: ${weakness}`)
    },
  }
}
