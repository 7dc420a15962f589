/**
 * Every package is built, packed, and installed from its tarball into an empty folder, as a stranger would have
 * it. There each entrance must load, declare its types, and do what the files in `proofs/` ask of it: without the
 * driver of any database first, and then with them. What an application of a server needs is installed once more
 * by itself, weighed, and proved on the oldest Node that it may have.
 */
import { globSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type TestServer, testMariadb, testPostgres, testRedis } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROGRAMS, ROOT, run } from '../command.ts'
import { installNode22 } from './node-22.ts'
import { entrancesOf, install, type Packed, packPackages, withOursThatItNeeds } from './packages.ts'
import { serveFrom } from './served.ts'
import { bundleOf, installedIn, loadedFor } from './weight.ts'

const proofsIn = (pattern: string) => globSync(pattern, { cwd: import.meta.dirname }).sort()
const PROOFS = proofsIn('proofs/*.ts')
const PROOFS_WITH_DRIVERS = proofsIn('proofs/with-drivers/*.ts')
const PROOFS_ON_NODE_22 = proofsIn('proofs/on-node-22/*.ts')

/** What an application of a server may come to weigh before somebody asks why; bytes. */
const CLIENT_INSTALLED_MAX_BYTES = 750_000
const CLIENT_BUNDLE_MAX_BYTES = 55_000
const DEFINITION_BUNDLE_MAX_BYTES = 5_000

let folder: string
let packed: Packed[]
let app: string
let entrances: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-pack-'))
  app = join(folder, 'app')
  packed = await packPackages(folder)
  await install(app, tarballsOf(packed))
  entrances = packed.flatMap(entrancesOf)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const tarballsOf = (some: readonly Packed[]) => some.map(({ tarball }) => tarball)

/** Runs a program in the application's folder. */
async function isRun(name: string, source: string): Promise<boolean> {
  await writeFile(join(app, name), source)
  return (await run(process.execPath, [name], app)) === 0
}

async function isProved(path: string, where = app, node = process.execPath): Promise<boolean> {
  const name = `${basename(path, '.ts')}.proof.ts`
  await cp(join(import.meta.dirname, path), join(where, name))
  return (await run(node, [name], where)) === 0
}

describe('the installed packages', () => {
  it('load by each of their entrances', async () => {
    expect(entrances).not.toEqual([])
    const source = entrances.map((entrance) => `await import('${entrance}')`).join('\n')
    expect(await isRun('entrances.js', source)).toBe(true)
  })

  it('declare types that a strict compiler accepts', async () => {
    const source = entrances.map((entrance, index) => `export * as entrance${index} from '${entrance}'`)
    await writeFile(join(app, 'entrances.ts'), source.join('\n'))
    const settings = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    const platformTypes = ['--typeRoots', join(ROOT, 'node_modules/@types')]
    const args = [PROGRAMS.tsc, ...settings, ...platformTypes, 'entrances.ts']
    expect(await run(process.execPath, args, app)).toBe(0)
  })

  it.each(PROOFS)('work: %s', async (path) => {
    expect(await isProved(path)).toBe(true)
  })
})

describe('the installed packages, with the drivers of the databases beside them', () => {
  const databases: TestServer[] = []
  beforeAll(async () => {
    const manifest = packed.find(({ manifest }) => manifest.name === 'assent')?.manifest
    const { peerDependencies = {} } = manifest ?? {}
    const drivers = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`)
    expect(drivers.length).toBeGreaterThan(0)
    await install(app, drivers)
    databases.push(await testPostgres(), await testMariadb(), await testRedis())
    const [postgres, mysql, redis] = databases.map(({ url }) => url)
    Object.assign(process.env, {
      PROOF_POSTGRES_URL: postgres,
      PROOF_MYSQL_URL: mysql,
      PROOF_REDIS_URL: redis,
    })
  })
  afterAll(() => Promise.all(databases.map((database) => database.close())))

  it.each(PROOFS_WITH_DRIVERS)('work: %s', async (path) => {
    expect(await isProved(path)).toBe(true)
  })
})

describe('what an application of a server installs', () => {
  let client: string
  let its: Packed[]
  beforeAll(async () => {
    client = join(folder, 'client')
    its = withOursThatItNeeds(packed, '@assent/client')
    await install(client, tarballsOf(its))
  })

  it('is three packages of ours and the types of Standard Schema, and small', async () => {
    const { packages, bytes } = await installedIn(client)
    const ours = ['@assent/client', '@assent/contract', '@assent/participant']
    expect(Object.keys(packages).sort()).toEqual([...ours, '@standard-schema/spec'])
    expect(bytes).toBeLessThan(CLIENT_INSTALLED_MAX_BYTES)
  })

  it.each(['@assent/client', 'assent/client'])(
    'loads nothing else, by whichever name: %s',
    async (entrance) => {
      const { packages } = await loadedFor(app, `export * from '${entrance}'`)
      const ours = ['@assent/client', '@assent/contract', '@assent/participant']
      const names = Object.keys(packages).filter((name) => name !== 'assent')
      expect(names.sort()).toEqual(ours)
    },
  )

  it.each(['@assent/client', 'assent/client'])('bundles to what is used: %s', async (entrance) => {
    const definition = await bundleOf(app, `export { saga } from '${entrance}'`)
    expect(definition.bytes).toBeLessThan(DEFINITION_BUNDLE_MAX_BYTES)
    expect([definition.imports, definition.importedLater]).toEqual([[], []])

    const whole = await bundleOf(app, `export { connect, http, saga } from '${entrance}'`)
    expect(whole.bytes).toBeLessThan(CLIENT_BUNDLE_MAX_BYTES)
    // A platform without these is given a `fetch`, and never asks for them.
    expect([whole.imports, whole.importedLater]).toEqual([[], ['node:http', 'node:https']])
  })

  describe('on Node 22', () => {
    let node22: string
    beforeAll(async () => {
      node22 = await installNode22(join(folder, 'node-22'))
    })

    it('may be installed', () => {
      expect(its.map(({ manifest }) => manifest.engines)).toEqual(its.map(() => ({ node: '>=22' })))
    })

    it('loads by each entrance', async () => {
      // The schemas are for doors, which bring TypeBox and need Node 24.
      const loaded = its.flatMap(entrancesOf).filter((entrance) => entrance !== '@assent/contract/schemas')
      expect(loaded.length).toBeGreaterThanOrEqual(its.length)
      const source = loaded.map((entrance) => `await import('${entrance}')`).join('\n')
      expect(await run(node22, ['--input-type=module', '--eval', source], client)).toBe(0)
    })

    it.each(PROOFS_ON_NODE_22)('works with a server of this Node: %s', async (path) => {
      await using server = await serveFrom(app)
      process.env.PROOF_SERVER_URL = server.url
      expect(await isProved(path, client, node22)).toBe(true)
    })
  })
})
