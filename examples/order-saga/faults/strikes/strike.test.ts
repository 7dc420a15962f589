import { expect, it } from 'vitest'
import type { FaultKind, Victim } from './kinds.ts'
import { type Strike, strikeAgainAndAgain } from './strike.ts'

const KILLED: FaultKind = {
  name: 'killed',
  amid: 'work',
  async strike(victim) {
    await victim.kill()
    await victim.start()
  },
}

/** A victim of which is noted what is done with it. */
function victim(noted: string[]): Victim {
  const note = (what: string) => async () => void noted.push(what)
  return { name: 'one', start: note('start'), ready: note('ready'), kill: note('kill'), pause: note('pause') }
}

it('strikes only what is well, counts what hit amid work, and waits at the end until it is well again', async () => {
  const noted: string[] = []
  const strikes: Omit<Strike, 'atMs'>[] = []
  let ended = 0
  await strikeAgainAndAgain(victim(noted), {
    seed: 1,
    faults: [KILLED],
    lifeMs: 1,
    progress: { underWay: () => 3, ended: () => ended++ },
    isOver: () => strikes.length >= 2,
    struck: (strike) => strikes.push(strike),
  })
  expect(strikes).toEqual([
    { victim: 'one', fault: 'killed', amidWork: true },
    { victim: 'one', fault: 'killed', amidWork: true },
  ])
  expect(noted).toEqual(['ready', 'kill', 'start', 'ready', 'kill', 'start', 'ready'])
})
