import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installPackage, isRootOnDebian } from '../finding/debian.ts'
import { withLock } from '../finding/lock.ts'
import { programOf } from '../finding/path.ts'
import type { Supply } from '../finding/supply.ts'
import { javaBinary } from './java.ts'

const run = promisify(execFile)

const POM = join(import.meta.dirname, '../../../kafka/pom.xml')
/** Some 45 MB, over a slow line. */
const FETCH_TIMEOUT_MS = 600_000
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024
const OUTPUT_TAIL_CHARACTERS = 4_000
/** Whoever the server runs as must be able to read what root has fetched. */
const READABLE_BY_ALL = 0o755

/** The jars that our `pom.xml` names, for the machine's own Java: fetched once, and kept in the user's cache. */
export const KAFKA_JARS: Supply = {
  origin: "Maven's repository",
  name: "Apache Kafka of Maven's repository",
  isOpen: async () => (await isRootOnDebian()) || (await hasTools()),
  bring: async () => {
    await need('default-jre-headless', javaBinary)
    const folder = join(cacheFolder(), `kafka-${await fingerprint()}`)
    if (!(await brokerIn(folder))) {
      await need('maven', () => programOf('mvn'))
      await oneAtATime(async () => {
        if (!(await brokerIn(folder))) await fetch(folder)
      })
    }
    return brokerIn(folder)
  },
}

/** The jar of the broker itself, beside which lie those that it needs. */
async function brokerIn(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => [])
  const name = names.find((one) => /^kafka_2\.13-[\d.]+\.jar$/.test(one))
  return name && join(folder, name)
}

async function hasTools(): Promise<boolean> {
  return (await javaBinary()) !== undefined && (await programOf('mvn')) !== undefined
}

async function need(debianPackage: string, find: () => Promise<string | undefined>): Promise<void> {
  if (!(await find())) await installPackage(debianPackage, async () => (await find()) !== undefined)
}

/** Root's cache is the machine's, because its home is closed to the account that the server runs as. */
function cacheFolder(): string {
  if (process.getuid?.() === 0) return '/var/cache/assent'
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assent')
}

/** What other jars are named by has another folder. */
async function fingerprint(): Promise<string> {
  return createHash('sha256')
    .update(await readFile(POM))
    .digest('hex')
    .slice(0, 12)
}

/** Elsewhere two may fetch at once, and the second finds the folder of the first. */
function oneAtATime(work: () => Promise<void>): Promise<void> {
  return process.platform === 'linux' ? withLock('assent-kafka', FETCH_TIMEOUT_MS, work) : work()
}

/** All of them or none: the folder has its name once it is whole. */
async function fetch(folder: string): Promise<void> {
  console.error('Fetching Apache Kafka with Maven, because no broker was found to test against.')
  await mkdir(cacheFolder(), { recursive: true })
  const unfinished = await mkdtemp(`${folder}-`)
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`]
  try {
    await maven(['--batch-mode', '--quiet', `--file=${POM}`, ...goal])
    await chmod(unfinished, READABLE_BY_ALL)
    await rename(unfinished, folder).catch(async (error) => {
      if (!(await brokerIn(folder))) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

async function maven(args: readonly string[]): Promise<void> {
  try {
    await run('mvn', args, { timeout: FETCH_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const output = `${stdout}${stderr}`.slice(-OUTPUT_TAIL_CHARACTERS)
    throw new Error(`mvn ${args.join(' ')} failed:\n${output}`, { cause: error })
  }
}
