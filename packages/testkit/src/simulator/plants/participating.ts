import { decide } from '@assent/participant'
import type { Plant } from './plant.ts'

/** Barrier rows go by age, and nobody is asked whether their transaction has ended. */
export const BARRIER_SWEPT_BY_AGE: Plant = {
  name: 'sweeps-barrier-rows-by-age',
  breaks: [1],
  sweepsByAgeMs: 1_000,
}

/** The undo of a call that was refused, and so has done nothing, runs all the same. */
export const UNDO_OF_A_REFUSED_ORIGIN: Plant = {
  name: 'runs-the-undo-of-a-refused-origin',
  breaks: [1],
  decide(op, current, origin) {
    const wasRefused = current === 'inserted' && typeof origin === 'object' && origin.state === 'refused'
    return wasRefused ? { next: 'run' } : decide(op, current, origin)
  },
}

/** Every content has the same hash. */
export const CONTENT_NOT_COMPARED: Plant = {
  name: 'compares-no-content',
  breaks: [9],
  identity: (identity) => ({ ...identity, hash: () => 'same' }),
}
