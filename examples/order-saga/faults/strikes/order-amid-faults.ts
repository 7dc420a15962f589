import { setTimeout as sleep } from 'node:timers/promises'
import type { OwnServer } from '@assent/testkit/servers'
import type { OwnSystem } from '../../test/own-system.ts'
import { seededChance } from '../chance.ts'
import type { FaultSettings } from '../settings.ts'
import type { Customers } from '../traffic/customers.ts'
import { SERVER_FAULTS, SERVICE_FAULTS, type Victim } from './kinds.ts'
import { type Card, type Strike, strikeAgainAndAgain } from './strike.ts'

/** A life and an end of whatever is struck, on a machine that has other things to do. */
export const STRIKE_MAX_MS = 12_000
const CALM_MS = 400
const WAVE_MS = 1_500

/** Resolves when enough faults have struck amid work, everything is well again and every customer has ended. */
export async function orderAmidFaults(
  own: OwnSystem,
  customers: Customers,
  settings: FaultSettings,
): Promise<Strike[]> {
  const strikes: Strike[] = []
  const lateMs = performance.now() + settings.faults * STRIKE_MAX_MS
  let hasEnded = false
  const isOver = (): boolean =>
    hasEnded ||
    performance.now() > lateMs ||
    strikes.filter(({ amidWork }) => amidWork).length >= settings.faults
  const ordering = Array.from({ length: settings.customers }, () =>
    customers.orderOn(isOver, settings.restMs),
  )
  const striking = strikeAgainAndAgain({
    cards: cardsOf(own),
    chance: seededChance(settings.seed * 10),
    calmMs: CALM_MS,
    waveMs: WAVE_MS,
    progress: customers,
    isOver,
    struck: (strike) => strikes.push(strike),
  }).finally(() => {
    hasEnded = true
  })
  await Promise.all([striking, ...ordering])
  return strikes
}

function cardsOf({ system, kafka, postgres }: OwnSystem): [Card, ...Card[]] {
  const [first, ...others] = [
    ...system.all.flatMap((victim) => SERVICE_FAULTS.map((fault): Card => [victim, fault])),
    ...[serverVictim('broker', kafka), serverVictim('database', postgres)].flatMap((victim) =>
      SERVER_FAULTS.map((fault): Card => [victim, fault]),
    ),
  ]
  if (first === undefined) throw new TypeError('there is nothing to be struck')
  return [first, ...others]
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
