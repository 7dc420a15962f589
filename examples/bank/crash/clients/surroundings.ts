import type { Sightings } from '../evidence/sightings.ts'
import type { BankUrls } from './requests.ts'
import type { Traffic } from './traffic.ts'

/** What all clients of a run share. */
export interface Surroundings {
  /** The addresses of the coordinators: every one takes everything. */
  coordinators: readonly string[]
  banks: BankUrls
  traffic: Traffic
  sightings: Sightings
}
