import type { Json } from '@assent/contract'
import type { Random } from '../../time/random.ts'
import type { Weather } from '../chaos/weather.ts'

/** How the business behind one branch behaves, as its seed has it. */
export interface Behaviour {
  /** How likely a call of phase one is refused, whenever it is made. */
  refuses: number
  /** How likely a call is answered that the service goes on with it. */
  goesOn: number
  /** How likely a call of the second phase is refused, which it can't be. */
  balks: number
  /** What phase one results in. */
  result: Json | undefined
}

/** What the business does with one call. */
export type Conduct = 'done' | 'refused' | 'ongoing' | 'failed'

/** In the calm the business still refuses, but it no longer fails, goes on for long or refuses what must finish. */
export function conduct(
  behaviour: Behaviour,
  isPhaseOne: boolean,
  weather: Weather,
  random: Random,
): Conduct {
  if (weather.strikes('participants', 0.25)) return 'failed'
  if (isPhaseOne && random.chance(behaviour.refuses)) return 'refused'
  if (!isPhaseOne && !weather.isCalm && random.chance(behaviour.balks)) return 'refused'
  return !weather.isCalm && random.chance(behaviour.goesOn) ? 'ongoing' : 'done'
}
