import { ID, type Step, stepsOf, type Work } from '../works.ts'

/** What the services of the peers are sent: a saga, and the id that the participant knows it by. */
export interface Order {
  id: string
  steps: readonly Step[]
}

export function orderFor(work: Work, participant: string): string {
  return JSON.stringify({ id: ID, steps: stepsOf(work, participant) } satisfies Order)
}
