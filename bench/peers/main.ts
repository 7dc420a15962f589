/**
 * `npm run bench:peers` does the same work on Assent and on others, in turns, and writes `results/`. `--sides` and
 * `--works` name some of them, `--rounds` and `--seconds` make it shorter; such a run writes nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { machineCpuSeconds, ownCpuSeconds } from '../processes/usage.ts'
import { reportPage } from '../report/markdown.ts'
import { installPeers } from './install.ts'
import { startLoad } from './load/load.ts'
import { startParticipant } from './load/participant.ts'
import { measure, type Outcome, type Pace } from './measure.ts'
import { type Found, reportOf } from './report/report.ts'
import { chosen, SIDES } from './sides/all.ts'
import { Databases } from './sides/databases.ts'
import { RunningSides } from './sides/running.ts'
import { WORKS } from './works.ts'

const RESULTS = new URL('results/', import.meta.url)

const PACES: readonly Pace[] = [
  { connections: 64, rounds: 5, seconds: 3, warmSeconds: 4 },
  { connections: 1, rounds: 3, seconds: 2, warmSeconds: 1 },
]

const { values } = parseArgs({
  options: {
    sides: { type: 'string', multiple: true, default: [] },
    works: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  },
})
refuseUnknown(
  'side',
  values.sides,
  SIDES.map(({ id }) => id),
)
refuseUnknown(
  'work',
  values.works,
  WORKS.map(({ name }) => name),
)

process.env.NODE_ENV = 'production'
// Ends by itself, so that what it has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

installPeers()
const isWhole = Object.values(values).every((value) => value === undefined || value.length === 0)
const paces = PACES.map((pace) => ({
  ...pace,
  rounds: Number(values.rounds ?? pace.rounds),
  seconds: Number(values.seconds ?? pace.seconds),
}))
const works = WORKS.filter(({ name }) => values.works.length === 0 || values.works.includes(name))
const sides = chosen(values.sides)
const cpuBefore = { machine: machineCpuSeconds(), own: ownCpuSeconds() }
const beganMs = performance.now()
const found = await run()
const elapsedSeconds = (performance.now() - beganMs) / 1_000
// All that was started has ended by now, and counts as ours.
const othersSeconds = machineCpuSeconds() - cpuBefore.machine - (ownCpuSeconds() - cpuBefore.own)
const report = reportOf({
  ...found,
  othersCores: Math.max(0, othersSeconds / elapsedSeconds),
  at: new Date(),
})
const page = reportPage(report)
console.log(`\n${page}`)
if (isWhole) {
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(new URL('peers.jsonl', RESULTS), `${JSON.stringify(report)}\n`)
  writeFileSync(new URL('peers.md', RESULTS), page)
}
process.exitCode = report.figures.some(({ met }) => met === false) ? 1 : 0

async function run(): Promise<Omit<Found, 'othersCores' | 'at'>> {
  await using databases = new Databases()
  await using participant = await startParticipant()
  await using load = await startLoad(participant)
  await using running = await RunningSides.start(sides, databases)
  const absent = [...running.absent]
  const failed = (reason: string): void => {
    console.error(reason)
    absent.push(reason)
  }
  const outcomes: Outcome[] = []
  for (const work of works) {
    for (const pace of paces) {
      console.log(`\n${work.name}, ${pace.connections} at once`)
      outcomes.push(await measure(work, pace, running.all, load, participant, failed))
    }
  }
  return {
    outcomes,
    pairs: sides.flatMap(({ name, against }) => (against ? [{ assent: against, peer: name }] : [])),
    settings: running.all.flatMap(({ settings }) => settings),
    absent,
  }
}

function refuseUnknown(what: string, named: readonly string[], known: readonly string[]): void {
  const unknown = named.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  console.error(`No such ${what}: ${unknown.join(', ')}. There are: ${known.join(', ')}.`)
  process.exit(2)
}
