import { expect, it } from 'vitest'
import { seededChance } from '../chance.ts'
import type { FaultKind, Victim } from './kinds.ts'
import { type Card, type Strike, strikeAgainAndAgain } from './strike.ts'

const KILLED: FaultKind = {
  name: 'killed',
  async strike(victim) {
    await victim.kill()
    await victim.start()
  },
}

/** A victim of which is noted what is done with it. */
function victim(name: string, noted: string[]): Victim {
  const note = (what: string) => async () => void noted.push(`${what} ${name}`)
  return { name, start: note('start'), ready: note('ready'), kill: note('kill'), pause: note('pause') }
}

it('strikes again only when orders came to their end since, counts what hit amid work, and leaves everything well', async () => {
  const noted: string[] = []
  const strikes: Strike[] = []
  let ended = 0
  const cards: readonly [Card, ...Card[]] = [
    [victim('one', noted), KILLED],
    [victim('other', noted), KILLED],
  ]
  await strikeAgainAndAgain({
    cards,
    chance: seededChance(1),
    calmMs: 1,
    waveMs: 1,
    progress: { underWay: () => 3, ended: () => ended++ },
    isOver: () => strikes.length >= 4,
    struck: (strike) => strikes.push(strike),
  })
  expect(strikes.every(({ amidWork }) => amidWork)).toBe(true)
  expect(new Set(strikes.map((strike) => strike.victim))).toEqual(new Set(['one', 'other']))
  for (const name of ['one', 'other']) {
    const of = noted.filter((what) => what.endsWith(` ${name}`)).map((what) => what.split(' ')[0])
    expect(of.length % 3).toBe(0)
    expect(of.slice(0, 3)).toEqual(['kill', 'start', 'ready'])
  }
})
