import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findServer } from '../finding/find.ts'
import { jarFolder } from '../finding/maven.ts'
import { programOf } from '../finding/path.ts'
import { SURROUNDINGS } from '../finding/surroundings.ts'
import { startLocal } from '../running/start-local.ts'
import { kafkaJars } from './jars.ts'
import { KAFKA } from './kafka.ts'

const POM = join(import.meta.dirname, '../../../kafka/pom.xml')
/** Jars may have to be fetched, and Java starts. */
const TIMEOUT_MS = 60_000
const JAR = 'kafka_2.13-4.3.1.jar'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-test-'))
  await chmod(folder, 0o755)
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

async function program(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, '')
  await chmod(path, 0o755)
}

describe('an installation of Kafka', { timeout: TIMEOUT_MS }, () => {
  it('is found by its script, and its jars, which lie beside that, are run', async () => {
    const java = dirname((await programOf('java')) ?? '')
    const jars = await KAFKA.supply.bring(async () => undefined)
    await program(join(folder, 'kafka/bin/kafka-server-start.sh'))
    await symlink(dirname(jars ?? ''), join(folder, 'kafka/libs'))
    vi.stubEnv('PATH', `${join(folder, 'kafka/bin')}:${java}:${process.env.PATH}`)
    const found = await findServer(KAFKA, SURROUNDINGS)
    if (found.origin !== 'a local binary') throw new Error(`${found.origin} was found`)
    expect(found.binary).toBe(join(folder, 'kafka/bin/kafka-server-start.sh'))
    await using server = await startLocal(KAFKA, found.binary, found.origin, {})
    expect(server).toMatchObject({ product: 'Apache Kafka', origin: 'a local binary' })
  })
})

describe('the jars of Kafka', () => {
  it('need no Maven once they are there', async () => {
    await program(join(folder, 'bin/java'))
    vi.stubEnv('JAVA_HOME', folder)
    vi.stubEnv('PATH', '')
    const jar = join(await jarFolder(folder, POM), JAR)
    await program(jar)
    expect(await kafkaJars(folder).isOpen()).toBe(true)
    expect(await kafkaJars(folder).bring(async () => undefined)).toBe(jar)
  })

  it('are had by nobody without Java or Maven who may not install them', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000)
    vi.stubEnv('JAVA_HOME', undefined)
    vi.stubEnv('PATH', folder)
    expect(await kafkaJars(folder).isOpen()).toBe(false)
    await program(join(folder, 'java'))
    expect(await kafkaJars(folder).isOpen()).toBe(false)
    await program(join(folder, 'mvn'))
    expect(await kafkaJars(folder).isOpen()).toBe(true)
  })
})
