/** What `npm test` runs: every test, or those that the arguments name. The count is the last line printed. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './command.ts'
import { countOf, type VitestResult } from './test-count.ts'

const folder = await mkdtemp(join(tmpdir(), 'assent-test-'))
const resultFile = join(folder, 'result.json')

const exitCode = await runProgram('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${resultFile}`,
  ...process.argv.slice(2),
])
const result = await readFile(resultFile, 'utf8').then(
  (text): VitestResult => JSON.parse(text),
  () => undefined,
)
await rm(folder, { recursive: true, force: true })

const count = countOf(result, exitCode)
for (const remark of count.remarks) console.log(remark)
console.log(`${count.passed} passed, ${count.failed} failed`)
process.exitCode = count.failed > 0 ? 1 : 0
