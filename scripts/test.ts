/**
 * What `npm test` runs: every test, or those that the arguments name. Before the last line it says which servers they
 * ran against; the count is the last line printed.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NOTES_VARIABLE, prepareServers } from '@assent/testkit/servers'
import { runProgram } from './command.ts'
import { countOf, type VitestResult } from './test-count.ts'
import { serversIn } from './test-servers.ts'

const folder = await mkdtemp(join(tmpdir(), 'assent-test-'))
const resultFile = join(folder, 'result.json')
const notesFile = join(folder, 'servers')
await writeFile(notesFile, '')
process.env[NOTES_VARIABLE] = notesFile

const named = process.argv.slice(2)
// Fetching a server may take longer than a test is given. One that can't be had fails the tests that need it.
if (named.length === 0) for (const problem of await prepareServers()) console.error(problem)

const exitCode = await runProgram('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${resultFile}`,
  ...named,
])
const result = await readFile(resultFile, 'utf8').then(
  (text): VitestResult => JSON.parse(text),
  () => undefined,
)
const servers = serversIn(await readFile(notesFile, 'utf8'))
await rm(folder, { recursive: true, force: true })

const count = countOf(result, exitCode)
for (const remark of count.remarks) console.log(remark)
if (servers) console.log(servers)
console.log(`${count.passed} passed, ${count.failed} failed`)
process.exitCode = count.failed > 0 ? 1 : 0
