/** Runs the tests of this example; what stands behind the word goes to vitest. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'

const EXAMPLE = join(import.meta.dirname, '../..')
const ROOT = join(EXAMPLE, '../..')
const vitest = join(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs')

const [, ...more] = process.argv.slice(2)
const child = spawn(process.execPath, [vitest, 'run', relative(ROOT, EXAMPLE), ...more], {
  cwd: ROOT,
  stdio: 'inherit',
})
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
