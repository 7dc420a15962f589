import type { Load, Seen } from '../../processes/load.ts'
import type { Work } from '../works.ts'

/** A saga over and over, each with an id of its own in place of `ID`, awaited to its end. */
export interface Asked extends Load {
  side: string
  work: Work
  body: string
  /** What the answer's text has in it when a saga ended as it is to. */
  says: string
}

/** `firstWrong`: what came in place of what was expected. */
export type Ran = Seen & { firstWrong?: string }
