import { describe, expect, it } from 'vitest'
import { crashRun } from './run.ts'
import { crashSettings } from './settings.ts'
import { tallyOf, tallyText } from './tally.ts'
import { verdict } from './verdict.ts'

/** A life of a process, its start included, on a machine that has other things to do. */
const LIFE_MAX_MS = 6_000
const AROUND_MS = 150_000

const settings = crashSettings(process.env)

it(`through ${settings.kills} kill -9s of coordinator and banks, every transfer happens wholly or not at all`, {
  timeout: AROUND_MS + settings.kills * LIFE_MAX_MS,
}, async () => {
  const run = await crashRun(settings)
  const tally = tallyOf(run)
  console.log(tallyText(tally, settings))
  expect(verdict(run.evidence), `databases and logs are in ${run.folder}`).toEqual([])
  expect(run.ownEnds, 'no process ends but by a kill').toEqual([])
  const kills = Object.values(run.killsOf).reduce((sum, count) => sum + count, 0)
  expect(kills).toBeGreaterThanOrEqual(settings.kills)
  for (const [name, count] of Object.entries(run.killsOf)) {
    expect(count, `${name} was killed amid its work`).toBeGreaterThan(settings.kills / 10)
  }
  // A run in which little happens proves little.
  expect(tally.transfersByEnd.COMMITTED).toBeGreaterThan(10)
  expect(tally.transfersByEnd.ABORTED).toBeGreaterThan(10)
  expect(tally.lostAnswers).toBeGreaterThan(0)
  expect(tally.callsByOutcome.unknown).toBeGreaterThan(0)
  expect(tally.emptyUndos).toBeGreaterThan(0)
  run.remove()
})

describe('a crash run that must find something', () => {
  const SHORT = { kills: 3, transfersAtOnce: 16, restMs: 2_000 }
  /** What a short run meets is partly the machine's, so it is given a few. */
  const RUNS_MAX = 4

  /** What is found with this fault put in: the verdict of the first run that shows it, or of the last. */
  async function foundWith(fault: { barrier: false } | { store: 'memory' }, sign: RegExp): Promise<string> {
    let found = ''
    for (let seed = 1; seed <= RUNS_MAX && !sign.test(found); seed++) {
      const run = await crashRun(crashSettings({}, { ...SHORT, ...fault, seed }))
      found = verdict(run.evidence).join('\n')
      run.remove()
    }
    return found
  }

  it('finds that banks without a barrier do things twice', { timeout: AROUND_MS }, async () => {
    const sign = / of crash-\S+ was done twice/
    expect(await foundWith({ barrier: false }, sign)).toMatch(sign)
  })

  it('finds that a coordinator on a store in memory forgets what it acknowledged', {
    timeout: AROUND_MS,
  }, async () => {
    const sign = /was acknowledged and is missing/
    expect(await foundWith({ store: 'memory' }, sign)).toMatch(sign)
  })
})
