/**
 * Runs an example on a fresh clone: `npm run example booking`, `npm run example order served`. What stands behind goes
 * to the example.
 */
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, run } from './command.ts'

const [name = '', ...words] = process.argv.slice(2)
const programOf = (program: string) => join(ROOT, 'examples', name, 'src', `${program}.ts`)
const [named = 'main', ...args] = words
const isNamed = /^[a-z-]+$/.test(named) && existsSync(programOf(named))
const program = programOf(isNamed ? named : 'main')

if (/^[a-z-]+$/.test(name) && existsSync(program)) {
  process.exitCode = await run(process.execPath, [program, ...(isNamed ? args : words)], process.cwd())
} else {
  const examples = globSync('*/', { cwd: join(ROOT, 'examples') }).sort()
  console.error(`No such example. There are: ${examples.join(', ')}.`)
  process.exitCode = 2
}
