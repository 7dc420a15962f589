/** `npm run example order-saga soak -- --faults 300 --seed 7`: runs one after another, as long as they are asked for. */
import { parseArgs } from 'node:util'
import { faultRun } from './run.ts'
import { faultSettings } from './settings.ts'
import { findingsOf } from './verdict/findings.ts'
import { tallyText } from './verdict/tally.ts'

/** Faults in one run, whose whole evidence is held in memory; what is more goes into further runs with further seeds. */
const RUN_FAULTS_MAX = 100
/** Findings that are printed of one run. */
const FINDINGS_SHOWN = 50

const HELP = `npm run example order-saga soak -- [--faults NUMBER] [--seed NUMBER] [--customers NUMBER]

  --faults      how many faults strike amid work (${faultSettings().faults})
  --seed        where chance begins (${faultSettings().seed})
  --customers   who order one thing after another (${faultSettings().customers})`

const { values } = parseArgs({
  args: process.argv.slice(2).filter((word, index) => index > 0 || word !== 'soak'),
  options: {
    faults: { type: 'string', default: String(faultSettings().faults) },
    seed: { type: 'string', default: String(faultSettings().seed) },
    customers: { type: 'string', default: String(faultSettings().customers) },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit()
}
// Ends by itself, so that what it has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const faults = wholeNumber('faults', values.faults)
const customers = wholeNumber('customers', values.customers)
let unsound = 0
let struck = 0
for (let seed = wholeNumber('seed', values.seed); struck < faults; seed += 1) {
  const ofRun = Math.min(RUN_FAULTS_MAX, faults - struck)
  struck += ofRun
  const run = await faultRun(faultSettings({ faults: ofRun, seed, customers }))
  const findings = findingsOf(run)
  console.log(`${new Date().toISOString()} ${tallyText(run)}`)
  for (const finding of findings.slice(0, FINDINGS_SHOWN)) console.log(`  FOUND ${finding}`)
  if (findings.length === 0) run.remove()
  else {
    unsound += 1
    console.log(`  ${findings.length} findings; evidence and logs are in ${run.folder}`)
  }
}
console.log(unsound === 0 ? 'Every promise was kept.' : `${unsound} runs found something.`)
process.exitCode = unsound === 0 ? 0 : 1

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new TypeError(`--${name} must be a whole number above 0, not ${JSON.stringify(text)}`)
}
