/**
 * The whole truth before a commit: `npm run check`. Names after it (`npm run check -- format lint`) pick steps.
 * Every step runs even when one before it failed, so that one run tells everything.
 */
import { existsSync, globSync } from 'node:fs'
import { join, sep } from 'node:path'
import { PROGRAMS, ROOT, run } from './command.ts'

/** A step is what Node is given at the root; one whose script is not written yet is named as skipped. */
type Step = { name: string; args: readonly [script: string, ...string[]] }

const SIMULATOR_SEEDS = 200

/** An example is proved by its `check.ts`. */
const EXAMPLES = globSync('examples/*/', { cwd: ROOT }).map((path) => path.split(sep).join('/'))

const STEPS: readonly Step[] = [
  { name: 'format', args: [PROGRAMS.biome, 'check', '--linter-enabled=false', '--error-on-warnings'] },
  { name: 'lint', args: [PROGRAMS.biome, 'lint', '--error-on-warnings'] },
  { name: 'types', args: ['scripts/types.ts'] },
  { name: 'arrows', args: [PROGRAMS.vitest, 'run', '--project=pure', 'scripts/arrows'] },
  { name: 'tests', args: ['scripts/test.ts'] },
  { name: 'simulator', args: ['packages/testkit/src/simulator/main.ts', '--seeds', `${SIMULATOR_SEEDS}`] },
  ...EXAMPLES.map((folder): Step => ({ name: folder, args: [`${folder}/check.ts`] })),
]

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !STEPS.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(
    `No such step: ${unknown.join(', ')}. There are: ${STEPS.map((step) => step.name).join(', ')}.`,
  )
  process.exit(2)
}

const report: string[] = []
let failures = 0
for (const { name, args } of STEPS) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  if (!existsSync(join(ROOT, args[0])) && !existsSync(args[0])) {
    report.push(`skipped  ${name}: ${args[0]} is not written yet`)
    continue
  }
  console.log(`\n── ${name}`)
  const startedAtMs = performance.now()
  const code = await run(process.execPath, args)
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
  if (code !== 0) failures += 1
  report.push(`${code === 0 ? 'ok     ' : 'FAILED '}  ${name}, ${seconds} s`)
}
console.log(`\n${report.join('\n')}`)
process.exitCode = failures > 0 ? 1 : 0
