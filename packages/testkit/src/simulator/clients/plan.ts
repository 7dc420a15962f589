import type { BranchRequest, Mode, Options } from '@assent/contract'
import type { Behaviour } from '../participants/behaviour.ts'

/** Who drives a branch's phase one, and how its transaction hears of it. */
export type Driving = 'coordinator' | 'application' | 'tried'

export interface PlannedBranch {
  request: BranchRequest
  driving: Driving
  participant: string
  behaviour: Behaviour
}

/** What one client sets out to do. */
export interface Plan {
  gid: string
  mode: Mode
  /** All at once, or step by step. */
  style: 'run' | 'steps'
  /** When it begins, virtual milliseconds. */
  startsAt: number
  options: Partial<Options>
  query: string | undefined
  branches: readonly PlannedBranch[]
  /** How the client means it to end, as far as that is up to it. */
  finale: 'submit' | 'abort' | 'vanish' | 'by-branch'
}
