/**
 * `npm run simulate -- --seeds 10000` runs seeds on all cores and says which of them broke a promise.
 * `npm run simulate -- --seed 7` replays one, with everything that happened; `--gid tx-3` leaves out the rest.
 */
import { parseArgs } from 'node:util'
import { gidOf, readable } from './facts/readable.ts'
import { NOTHING_PLANTED, type Plant } from './plants/plant.ts'
import { PLANTS } from './plants/plants.ts'
import type { Violation } from './promises/promise.ts'
import { runSeeds } from './running/parallel.ts'
import { simulate } from './simulate.ts'
import { SITUATIONS } from './situations/situations.ts'

const SEEDS_DEFAULT = 1_000
/** Failing seeds that are shown in full; of the others only the number is. */
const FAILURES_SHOWN_MAX = 20
const PROGRESS_INTERVAL_MS = 1_000

const USAGE = `npm run simulate -- [--seeds N] [--from F]      run N seeds (${SEEDS_DEFAULT}), from seed F (1)
npm run simulate -- --seed S [--gid G]          replay one seed, with its trace
                    [--plant NAME]              the same with a planted fault: ${PLANTS.map((plant) => plant.name).join(', ')}`

function whole(text: string, name: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${name} must be a whole number from 0, and is ${JSON.stringify(text)}.\n\n${USAGE}`)
  process.exit(2)
}

function describe({ promise, at, gid, text }: Violation): string {
  return `promise ${promise} at ${(at / 1_000).toFixed(4)} s: ${gid === '' ? '' : `${gid} `}${text}`
}

function plantNamed(name: string | undefined): Plant {
  if (name === undefined) return NOTHING_PLANTED
  const plant = PLANTS.find((candidate) => candidate.name === name)
  if (plant !== undefined) return plant
  console.error(`No fault is called ${JSON.stringify(name)}.\n\n${USAGE}`)
  process.exit(2)
}

async function replay(seed: number, gid: string | undefined, plant: Plant): Promise<number> {
  const { trace, violations } = await simulate(seed, plant)
  for (const entry of trace.entries) {
    const about = gidOf(entry)
    if (gid === undefined || about === undefined || about === gid) console.log(readable(entry))
  }
  console.log(violations.length === 0 ? `\nseed ${seed}: every promise held` : `\nseed ${seed}:`)
  for (const violation of violations) console.log(`  ${describe(violation)}`)
  return violations.length === 0 ? 0 : 1
}

async function runMany(count: number, first: number): Promise<number> {
  const beganAt = performance.now()
  let saidAt = beganAt
  const total = await runSeeds(first, first + count, ({ seeds, failures }) => {
    const now = performance.now()
    if (now - saidAt < PROGRESS_INTERVAL_MS) return
    saidAt = now
    const rate = ((seeds * 1_000) / (now - beganAt)).toFixed(0)
    console.error(`${seeds} of ${count} seeds, ${failures.length} failed, ${rate} a second`)
  })
  const seconds = (performance.now() - beganAt) / 1_000
  console.log('How often each situation came up:')
  for (const situation of SITUATIONS) {
    console.log(`${String(total.counts[situation]).padStart(10)}  ${situation}`)
  }
  for (const { seed, violations } of total.failures.slice(0, FAILURES_SHOWN_MAX)) {
    console.log(`\nseed ${seed} failed; replay it with: npm run simulate -- --seed ${seed}`)
    for (const violation of violations.slice(0, 3)) console.log(`  ${describe(violation)}`)
  }
  const hours = (total.virtualMs / 3_600_000).toFixed(1)
  console.log(
    `\n${total.seeds} seeds, ${hours} virtual hours in ${seconds.toFixed(1)} s; ${total.failures.length} failed`,
  )
  return total.failures.length === 0 ? 0 : 1
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    seed: { type: 'string' },
    gid: { type: 'string' },
    plant: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help === true) console.log(USAGE)
else if (values.seed !== undefined) {
  process.exitCode = await replay(whole(values.seed, 'seed'), values.gid, plantNamed(values.plant))
} else {
  const count = whole(values.seeds ?? `${SEEDS_DEFAULT}`, 'seeds')
  process.exitCode = await runMany(count, whole(values.from ?? '1', 'from'))
}
