import { setTimeout as sleep } from 'node:timers/promises'
import type { OwnServer } from '@assent/testkit/servers'
import type { OwnSystem } from '../../test/own-system.ts'
import type { FaultSettings } from '../settings.ts'
import type { Customers } from '../traffic/customers.ts'
import { SERVER_FAULTS, SERVICE_FAULTS, type Victim } from './kinds.ts'
import { type Strike, type Striking, strikeAgainAndAgain } from './strike.ts'

/** A life and an end of whatever is struck, on a machine that has other things to do. */
export const STRIKE_MAX_MS = 10_000

/** How long each is left alone on average once it is well: what all need is struck less often. */
const SERVICE_LIFE_MS = 3_000
const SERVER_LIFE_MS = 8_000

/** Resolves when enough faults have struck amid work, everything is well again and every customer has ended. */
export async function orderAmidFaults(
  own: OwnSystem,
  customers: Customers,
  settings: FaultSettings,
): Promise<Strike[]> {
  const strikes: Strike[] = []
  const beganMs = performance.now()
  const lateMs = beganMs + settings.faults * STRIKE_MAX_MS
  let haveStrikersFailed = false
  const isOver = (): boolean =>
    haveStrikersFailed ||
    performance.now() > lateMs ||
    strikes.filter(({ amidWork }) => amidWork).length >= settings.faults
  const victims: [Victim, Pick<Striking, 'faults' | 'lifeMs'>][] = [
    ...own.system.all.map((each): [Victim, Pick<Striking, 'faults' | 'lifeMs'>] => [
      each,
      { faults: SERVICE_FAULTS, lifeMs: SERVICE_LIFE_MS },
    ]),
    [serverVictim('broker', own.kafka), { faults: SERVER_FAULTS, lifeMs: SERVER_LIFE_MS }],
    [serverVictim('database', own.postgres), { faults: SERVER_FAULTS, lifeMs: SERVER_LIFE_MS }],
  ]
  const strikers = victims.map(([victim, how], index) =>
    strikeAgainAndAgain(victim, {
      ...how,
      seed: settings.seed * 10 + index,
      progress: customers,
      isOver,
      struck: (strike) => strikes.push({ ...strike, atMs: performance.now() - beganMs }),
    }),
  )
  const ordering = Array.from({ length: settings.customers }, () =>
    customers.orderOn(isOver, settings.restMs),
  )
  await Promise.all(strikers).catch(() => {
    haveStrikersFailed = true
  })
  await Promise.all([...strikers, ...ordering])
  return strikes
}

function serverVictim(name: string, server: OwnServer): Victim {
  return {
    name,
    start: () => server.start(),
    // Started means that it answers.
    ready: async () => {},
    kill: () => server.kill(),
    async pause(ms) {
      server.pause()
      await sleep(ms)
      server.resume()
    },
  }
}
