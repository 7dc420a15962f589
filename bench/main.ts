/**
 * `npm run bench` answers every question, `npm run bench -- price start` these, and
 * `npm run bench -- price --profile` says where the server's time goes under that load.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { machineCpuSeconds, ownCpuSeconds } from './processes/usage.ts'
import { profile } from './profile.ts'
import { barrier } from './questions/barrier.ts'
import { coordinator } from './questions/coordinator.ts'
import { embedded } from './questions/embedded.ts'
import { growth, growthPostgres, growthRedis } from './questions/growth.ts'
import { listing } from './questions/listing.ts'
import { orders } from './questions/orders.ts'
import { orphans } from './questions/orphans.ts'
import { outboxRelay } from './questions/outbox.ts'
import { price } from './questions/price.ts'
import { recovery } from './questions/recovery.ts'
import { rehearsal } from './questions/rehearsal.ts'
import { start } from './questions/start.ts'
import { stores } from './questions/stores.ts'
import { twoCoordinators } from './questions/two-coordinators.ts'
import { within } from './questions/within.ts'
import type { Report } from './report/finding.ts'
import { describeMachine } from './report/machine.ts'
import { reportPage, summaryPage } from './report/markdown.ts'

const QUESTIONS = [
  price,
  coordinator,
  start,
  growth,
  recovery,
  listing,
  stores,
  twoCoordinators,
  orphans,
  growthPostgres,
  growthRedis,
  barrier,
  embedded,
  rehearsal,
  within,
  outboxRelay,
  orders,
]
const RESULTS = new URL('results/', import.meta.url)

const { values, positionals } = parseArgs({
  options: { profile: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.filter((name) => !QUESTIONS.some((question) => question.name === name))
if (unknown.length > 0) {
  const known = QUESTIONS.map(({ name }) => name).join(', ')
  console.error(`No such question: ${unknown.join(', ')}. There are: ${known}.`)
  process.exit(2)
}

// Ends by itself, so that what it has started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

let missed = 0
for (const question of QUESTIONS) {
  if (positionals.length > 0 && !positionals.includes(question.name)) continue
  console.log(`\n── ${question.name}`)
  if (values.profile) {
    const page = await profile(question)
    writeFileSync(new URL(`${question.name}.profile.md`, RESULTS), page)
    console.log(page)
    continue
  }
  const cpuBefore = { machine: machineCpuSeconds(), own: ownCpuSeconds() }
  const beganMs = performance.now()
  const finding = await question.answer()
  const seconds = (performance.now() - beganMs) / 1_000
  const othersSeconds = machineCpuSeconds() - cpuBefore.machine - (ownCpuSeconds() - cpuBefore.own)
  const report: Report = {
    ...finding,
    othersCores: Math.max(0, othersSeconds / seconds),
    command: `npm run bench -- ${question.name}`,
    at: new Date().toISOString(),
    machine: describeMachine(),
  }
  missed += report.figures.filter(({ met }) => met === false).length
  write(report)
}
if (missed > 0) console.log(`\n${missed} figures were missed.`)
process.exitCode = missed > 0 ? 1 : 0

function write(report: Report): void {
  const page = reportPage(report)
  console.log(`\n${page}`)
  writeFileSync(new URL(`${report.question}.jsonl`, RESULTS), `${JSON.stringify(report)}\n`)
  writeFileSync(new URL(`${report.question}.md`, RESULTS), page)
  writeFileSync(new URL('README.md', RESULTS), summaryPage(allReports()))
}

/** What was measured last, in the order of the questions. */
function allReports(): Report[] {
  const files = readdirSync(RESULTS).filter((name) => name.endsWith('.jsonl'))
  const reports = files.map((name): Report => JSON.parse(readFileSync(new URL(name, RESULTS), 'utf8')))
  const place = ({ question }: Report): number => QUESTIONS.findIndex(({ name }) => name === question)
  return reports.sort((one, other) => place(one) - place(other))
}
