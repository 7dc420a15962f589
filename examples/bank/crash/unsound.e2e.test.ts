import { describe, expect, it } from 'vitest'
import { crashRun, runMaxMs } from './run.ts'
import { type CrashSettings, crashSettings } from './settings.ts'
import { verdict } from './verdict/verdict.ts'

/** What a short run meets is partly the machine's, so it is given a few. */
const RUNS_MAX = 4

/** What is found in a system that lacks something: the verdict of the first run that shows it, or of the last. */
async function foundIn(settings: CrashSettings, sign: RegExp): Promise<string> {
  let found = ''
  for (let run = 1; run <= RUNS_MAX && !sign.test(found); run += 1) {
    const { evidence, remove } = await crashRun({ ...settings, seed: run })
    found = verdict(evidence).join('\n')
    remove()
  }
  return found
}

const SHORT = { transfersAtOnce: 16, restMs: 2_000 }

describe('a crash run that must find something', () => {
  it.each<[missing: string, settings: CrashSettings, sign: RegExp]>([
    [
      'that banks without a barrier do things twice',
      crashSettings('sqlite', { ...SHORT, strikes: 3, barrier: false }),
      / of crash-\S+ was done twice/,
    ],
    [
      'that a coordinator on a store in memory forgets what it acknowledged',
      crashSettings('memory', { ...SHORT, strikes: 2, faults: ['coordinator killed'] }),
      /was acknowledged and is missing/,
    ],
    [
      'that coordinators without a fence go back behind an end',
      crashSettings('postgres', {
        restMs: 2_000,
        strikes: 8,
        faults: ['coordinator paused beyond its lease'],
        fence: false,
      }),
      / had been told (COMMITTED|ABORTED)| was told \w+, and it is (COMMITTED|ABORTED)/,
    ],
  ])('finds %s', { timeout: RUNS_MAX * runMaxMs({ strikes: 8 }) }, async (_missing, settings, sign) => {
    expect(await foundIn(settings, sign)).toMatch(sign)
  })
})
