/**
 * Every package is built, packed, and installed from its tarball into an empty folder, as a stranger would have
 * it. There each entrance must load, declare its types, and do what the files in `proofs/` ask of it: without the
 * driver of any database first, and then with them.
 */
import { globSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type TestServer, testMariadb, testPostgres, testRedis } from '@assent/testkit/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackages } from '../build/packages.ts'
import type { Manifest } from '../build/published.ts'
import { PROGRAMS, ROOT, run, runNpm } from '../command.ts'

const PROOFS = globSync('proofs/*.ts', { cwd: import.meta.dirname }).sort()
const PROOFS_WITH_DRIVERS = globSync('proofs/with-drivers/*.ts', { cwd: import.meta.dirname }).sort()
const INSTALL_QUIETLY = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

let folder: string
let app: string
let manifests: Manifest[]
let entrances: string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assent-pack-'))
  app = join(folder, 'app')
  await mkdir(app)
  await writeFile(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }))

  const built = await buildPackages(join(folder, 'dist'))
  manifests = await Promise.all(built.map(manifestIn))
  expect(neededButNotBuilt(), 'would be looked for in the registry').toEqual([])
  expect(await runNpm(['pack', '--silent', '--pack-destination', folder, ...built], folder)).toBe(0)
  const tarballs = globSync('*.tgz', { cwd: folder }).map((name) => join(folder, name))
  expect(tarballs).toHaveLength(built.length)
  expect(await runNpm([...INSTALL_QUIETLY, ...tarballs], app)).toBe(0)

  entrances = manifests.flatMap(({ name, exports = {} }) => {
    const subpaths = Object.keys(exports).filter((subpath) => !subpath.endsWith('.json'))
    return subpaths.map((subpath) => name + subpath.slice(1))
  })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function manifestIn(built: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(built, 'package.json'), 'utf8'))
}

function neededButNotBuilt(): string[] {
  const names = manifests.map((manifest) => manifest.name)
  const needed = manifests.flatMap((manifest) => Object.keys(manifest.dependencies ?? {}))
  return needed.filter((name) => name.startsWith('@assent/') && !names.includes(name))
}

/** Runs a program in the application's folder. */
async function isRun(name: string, source: string): Promise<boolean> {
  await writeFile(join(app, name), source)
  return (await run(process.execPath, [name], app)) === 0
}

async function isProved(path: string): Promise<boolean> {
  const name = basename(path, '.ts')
  await cp(join(import.meta.dirname, path), join(app, `${name}.proof.ts`))
  return (await run(process.execPath, [`${name}.proof.ts`], app)) === 0
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
    const { peerDependencies = {} } = manifests.find(({ name }) => name === 'assent') as Manifest & {
      peerDependencies?: Record<string, string>
    }
    const drivers = Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`)
    expect(drivers.length).toBeGreaterThan(0)
    expect(await runNpm([...INSTALL_QUIETLY, ...drivers], app)).toBe(0)
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
