import type { Random } from '../../time/random.ts'
import type { Schedule } from '../../time/schedule.ts'
import type { Weather } from '../chaos/weather.ts'
import type { Trace } from '../facts/trace.ts'

/** What the parts of a broker stand on. */
export interface QueueSite {
  schedule: Schedule
  weather: Weather
  random: Random
  trace: Trace
  state: { isAway: boolean }
}
