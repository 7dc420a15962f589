import * as answering from './answering.ts'
import * as deciding from './deciding.ts'
import * as participating from './participating.ts'
import type { Plant } from './plant.ts'
import * as storing from './storing.ts'

/** Every fault that can be planted, so that a test can show that none goes unseen. */
export const PLANTS: readonly Plant[] = [
  ...Object.values(deciding),
  ...Object.values(storing),
  ...Object.values(participating),
  ...Object.values(answering),
]
