import { expect, it } from 'vitest'
import { faultRun, runMaxMs } from './run.ts'
import { faultSettings } from './settings.ts'
import { findingsOf } from './verdict/findings.ts'
import { tallyText } from './verdict/tally.ts'

const settings = faultSettings()

it(`through ${settings.faults} faults of services, broker and database every order is carried out wholly or not at all`, {
  timeout: runMaxMs(settings),
}, async () => {
  const run = await faultRun(settings)
  console.log(tallyText(run))
  expect(findingsOf(run), `evidence and logs are in ${run.folder}`).toEqual([])
  run.remove()
})
