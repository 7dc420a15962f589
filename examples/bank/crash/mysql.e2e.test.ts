import { expect, it } from 'vitest'
import { crashRun, runMaxMs } from './run.ts'
import { crashSettings } from './settings.ts'
import { findingsOf } from './verdict/findings.ts'
import { tallyText } from './verdict/tally.ts'

const settings = crashSettings('mysql')

it(`on MariaDB or MySQL, through ${settings.strikes} faults of two coordinators and the database, every transfer happens wholly or not at all`, {
  timeout: runMaxMs(settings),
}, async () => {
  const run = await crashRun(settings)
  console.log(tallyText(run))
  expect(findingsOf(run), `evidence and logs are in ${run.folder}`).toEqual([])
  run.remove()
})
