/**
 * `npm run soak -- --store postgres --faults 1000 --seed 7`: crash runs one after another, as long as they are asked
 * for. Every store takes its turn unless some are named.
 */
import { parseArgs } from 'node:util'
import { crashRun } from './run.ts'
import { CRASH_STORES, type CrashStore, crashSettings } from './settings.ts'
import { findingsOf } from './verdict/findings.ts'
import { tallyText } from './verdict/tally.ts'

/** Faults in one run, whose whole evidence is held in memory; what is more goes into further runs with further seeds. */
const RUN_FAULTS_MAX = 100
/** Findings that are printed of one run. */
const FINDINGS_SHOWN = 50

const HELP = `npm run soak -- [--store STORE]... [--faults NUMBER] [--seed NUMBER]

  --store    ${CRASH_STORES.join(', ')}; all of them without it
  --faults   how many faults strike amid work on each store; as in the tests without it
  --seed     where chance begins (1)`

const { values } = parseArgs({
  options: {
    store: { type: 'string', multiple: true, default: [...CRASH_STORES] },
    faults: { type: 'string' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit()
}
// Ends by itself, so that what it has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

let unsound = 0
for (const store of values.store.map(storeOf)) {
  const faults = wholeNumber('faults', values.faults ?? String(crashSettings(store).strikes))
  let struck = 0
  for (let seed = wholeNumber('seed', values.seed); struck < faults; seed += 1) {
    const strikes = Math.min(RUN_FAULTS_MAX, faults - struck)
    struck += strikes
    if (!(await isSound(store, strikes, seed))) unsound += 1
  }
  console.log(`${store}: ${struck} faults amid work.`)
}
console.log(unsound === 0 ? 'Every promise was kept.' : `${unsound} runs found something.`)
process.exitCode = unsound === 0 ? 0 : 1

/** Makes one run and says what came of it; its files stay where something was found. */
async function isSound(store: CrashStore, strikes: number, seed: number): Promise<boolean> {
  const run = await crashRun(crashSettings(store, { strikes, seed }))
  const findings = findingsOf(run)
  console.log(`${new Date().toISOString()} ${tallyText(run)}`)
  for (const finding of findings.slice(0, FINDINGS_SHOWN)) console.log(`  FOUND ${finding}`)
  if (findings.length === 0) run.remove()
  else console.log(`  ${findings.length} findings; evidence and logs are in ${run.folder}`)
  return findings.length === 0
}

function storeOf(name: string): CrashStore {
  const store = CRASH_STORES.find((each) => each === name)
  if (store === undefined)
    throw new TypeError(`--store must be one of ${CRASH_STORES.join(', ')}, not ${name}`)
  return store
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new TypeError(`--${name} must be a whole number above 0, not ${JSON.stringify(text)}`)
}
