import type { Random } from '../../time/random.ts'
import type { Schedule } from '../../time/schedule.ts'
import type { CoordinatorNode } from '../coordinators/node.ts'
import type { Trace } from '../facts/trace.ts'
import type { Participant } from '../participants/participant.ts'
import type { SimulatedBroker } from '../queue/broker.ts'
import type { SimulatedTables } from '../store/tables.ts'
import type { Climate, Weather } from './weather.ts'

/** How often each kind of trouble strikes at its worst: once in so many milliseconds, on average. */
const MEAN_MS: Readonly<Record<Trouble, number>> = {
  'coordinator crashes': 5_000,
  'coordinator stops': 9_000,
  'coordinator pauses': 5_000,
  'participant crashes': 6_000,
  'store crashes': 9_000,
  'store loses a write': 1_500,
  'wall clock jumps': 6_000,
  'broker goes away': 7_000,
  'partitions move': 2_500,
}

type Trouble =
  | 'coordinator crashes'
  | 'coordinator stops'
  | 'coordinator pauses'
  | 'participant crashes'
  | 'store crashes'
  | 'store loses a write'
  | 'wall clock jumps'
  | 'broker goes away'
  | 'partitions move'

const KIND: Readonly<Record<Trouble, keyof Climate>> = {
  'coordinator crashes': 'coordinators',
  'coordinator stops': 'coordinators',
  'coordinator pauses': 'coordinators',
  'participant crashes': 'participants',
  'store crashes': 'storeCrashes',
  'store loses a write': 'weakness',
  'wall clock jumps': 'clocks',
  'broker goes away': 'queue',
  'partitions move': 'queue',
}

/** What can be broken. */
export interface Breakable {
  schedule: Schedule
  weather: Weather
  random: Random
  trace: Trace
  nodes: readonly CoordinatorNode[]
  participants: readonly Participant[]
  tables: SimulatedTables
  broker: SimulatedBroker
}

/** Sets off trouble at random times until `endsAt` (virtual milliseconds). */
export function unleash(world: Breakable, endsAt: number): void {
  for (const trouble of Object.keys(MEAN_MS) as Trouble[]) {
    const intensity = world.weather.climate[KIND[trouble]]
    if (intensity === 0) continue
    const mean = MEAN_MS[trouble] / intensity
    const next = (): void => {
      const inMs = -Math.log(1 - world.random.next()) * mean
      if (world.schedule.now + inMs > endsAt) return
      world.schedule.after(inMs, () => {
        strike(trouble, world)
        next()
      })
    }
    next()
  }
}

function strike(
  trouble: Trouble,
  { nodes, participants, tables, broker, random, schedule, trace, weather }: Breakable,
): void {
  switch (trouble) {
    case 'coordinator crashes': {
      const node = random.pick(nodes)
      node.crash()
      node.startAfter(random.between(20, random.chance(0.5) ? 500 : 6_000))
      return
    }
    case 'coordinator stops':
      random.pick(nodes).stop(random.between(20, 3_000))
      return
    case 'coordinator pauses': {
      // Both clocks at once can't be wrong: a machine whose wall clock is set back doesn't sleep besides.
      const sleeps = weather.climate.clocks === 0 && random.chance(0.4)
      random.pick(nodes).pause(random.between(50, random.chance(0.4) ? 1_000 : 8_000), sleeps)
      return
    }
    case 'participant crashes': {
      const participant = random.pick(participants)
      participant.crash()
      schedule.after(random.between(50, 5_000), () => participant.restart())
      return
    }
    case 'store crashes':
      tables.isDown = true
      trace.add('store', { kind: 'process', what: 'crashed' })
      schedule.after(random.between(10, random.chance(0.6) ? 400 : 5_000), () => {
        if (!tables.isDown) return
        tables.isDown = false
        trace.add('store', { kind: 'process', what: 'started' })
      })
      return
    case 'store loses a write': {
      const gids = [...tables.rows.keys()]
      if (gids.length > 0) tables.goBack(random.pick(gids))
      return
    }
    case 'wall clock jumps': {
      const process = random.pick(nodes).running
      if (process === undefined || process.paused) return
      process.jumpWall(random.between(-20_000, random.chance(0.3) ? 20_000 : 500))
      trace.add(process.name, { kind: 'weather', what: 'its wall clock jumped' })
      return
    }
    case 'broker goes away':
      broker.goAway()
      schedule.after(random.between(10, random.chance(0.6) ? 400 : 4_000), () => broker.comeBack())
      return
    case 'partitions move':
      if (!broker.isAway) broker.replies.rebalance()
      return
  }
}

/** How likely a coordinator dies or freezes right behind something that it did, at its worst. */
const BEHIND_A_DEED = 0.02
/** And how long behind it: before, amid or behind what follows. */
const BEHIND_A_DEED_MS = 6

/** Strikes a coordinator behind what it has just sent, called or answered: where it matters most. */
export function ambush({ schedule, weather, random, trace, nodes }: Breakable): void {
  trace.listen((entry) => {
    if (entry.kind !== 'sent' && entry.kind !== 'call' && entry.kind !== 'told') return
    if (!weather.strikes('coordinators', BEHIND_A_DEED)) return
    const node = nodes.find(({ running }) => running?.name === entry.by)
    if (node === undefined) return
    const isPause = random.chance(0.3)
    schedule.after(random.between(0, BEHIND_A_DEED_MS), () => {
      if (node.running?.name !== entry.by) return
      if (isPause) {
        node.pause(random.between(100, 6_000), false)
        return
      }
      node.crash()
      node.startAfter(random.between(20, random.chance(0.5) ? 500 : 4_000))
    })
  })
}

/** Everything is repaired; what is under way arrives still. */
export function heal({ weather, tables, broker, nodes, participants }: Breakable): void {
  weather.isCalm = true
  tables.isDown = false
  broker.comeBack()
  // What was dealt with and not committed is delivered once more.
  broker.replies.rebalance()
  for (const participant of participants) participant.restart()
  for (const node of nodes) node.start()
}
