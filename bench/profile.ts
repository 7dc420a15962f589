import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { profileTables } from './measure/profile.ts'
import { startLoad } from './processes/load.ts'
import { startParticipant } from './processes/participant.ts'
import { startServer, temporaryDirectory } from './processes/server.ts'
import { threadsOf } from './processes/usage.ts'
import type { Question } from './questions/question.ts'
import { table } from './report/markdown.ts'
import { count, seconds } from './report/words.ts'

const PROFILED_SECONDS = 12
/** Before that, so that code is compiled which runs all the time. */
const WARM_SECONDS = 4

/**
 * Loads a server alone and says where its time went. The profiles themselves are kept in `bench/profiles`, for
 * any tool that reads them. A profiled server is slower, so its rate is no figure.
 */
export async function profile(question: Question): Promise<string> {
  if (question.profiled === undefined) throw new Error(`${question.name} has no load to profile`)
  const folder = fileURLToPath(new URL(`profiles/${question.name}`, import.meta.url))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  using directory = temporaryDirectory()
  await using participant = await startParticipant()
  await using load = await startLoad()
  const nodeArguments = ['--cpu-prof', `--cpu-prof-dir=${folder}`]
  const beganMs = performance.now()
  await using server = await startServer({ directory: directory.path, nodeArguments })
  const asked = question.profiled(server, participant)
  await load.run({ ...asked, seconds: WARM_SECONDS })
  const startMs = performance.now() - beganMs
  const seen = await load.run({ ...asked, seconds: PROFILED_SECONDS })
  const threads = threadsOf(server.pid).map(({ name, cpuSeconds }) => [name, seconds(cpuSeconds)])
  await server.stop()
  const cpu = { title: 'CPU of each thread', head: ['thread', 'CPU'], rows: threads }
  const tables = [cpu, ...profileTables(folder, startMs)].map((each) => `## ${each.title}\n\n${table(each)}`)
  return `# Profile: ${question.name}

${asked.connections} at once for ${PROFILED_SECONDS} s, ${count(seen.rate)} answers per second while profiled. Self time, without idle and without the start. The CPU of threads is that of the whole run.

${tables.join('\n\n')}
`
}
