import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { withLock } from './lock.ts'

const run = promisify(execFile)

/** Tens of megabytes, over a slow line. */
const FETCH_TIMEOUT_MS = 600_000
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024
/** The end is where Maven says what went wrong. */
const OUTPUT_TAIL_CHARACTERS = 4_000
const FINGERPRINT_CHARACTERS = 12
/** The account that the server runs as must be able to read what we fetch. */
const READABLE_BY_ALL = 0o755

/** The folder for the jars that a `pom.xml` names: another one when it names others. */
export async function jarFolder(cache: string, pom: string): Promise<string> {
  const fingerprint = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
  return join(cache, `jars-${fingerprint.slice(0, FINGERPRINT_CHARACTERS)}`)
}

/** The names of the jars that were fetched; none where that has not been done yet. */
export async function jarsIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

/** Fetches them with Maven unless they are there, one process at a time. */
export function fetchJars(pom: string, folder: string): Promise<void> {
  return oneAtATime(folder, async () => {
    if ((await jarsIn(folder)).length > 0) return
    console.error(`Fetching the jars of ${pom} with Maven, because no server was found to test against.`)
    await mkdir(dirname(folder), { recursive: true })
    const unfinished = await mkdtemp(`${folder}-`)
    try {
      await copyDependencies(pom, unfinished)
      await chmod(unfinished, READABLE_BY_ALL)
      await takeName(unfinished, folder)
    } finally {
      await rm(unfinished, { recursive: true, force: true })
    }
  })
}

/** Where there is no lock, two may fetch, and the second finds what the first has made. */
function oneAtATime(folder: string, work: () => Promise<void>): Promise<void> {
  if (process.platform !== 'linux') return work()
  return withLock(`assent-maven-${folder}`, FETCH_TIMEOUT_MS, work)
}

async function copyDependencies(pom: string, folder: string): Promise<void> {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`]
  try {
    await run('mvn', ['--batch-mode', '--quiet', `--file=${pom}`, ...goal], {
      timeout: FETCH_TIMEOUT_MS,
      maxBuffer: OUTPUT_BYTES_MAX,
    })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`mvn failed:\n${`${stdout}${stderr}`.slice(-OUTPUT_TAIL_CHARACTERS)}`, { cause: error })
  }
}

/** The folder has its name once it is whole: all of the jars are in it, or there is none. */
async function takeName(unfinished: string, folder: string): Promise<void> {
  try {
    await rename(unfinished, folder)
  } catch (error) {
    if ((await jarsIn(folder)).length === 0) throw error
  }
}
