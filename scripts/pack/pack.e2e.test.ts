/**
 * Every package is built, packed, and installed from its tarball into an empty folder, as a stranger would have
 * it. There each entrance must load, declare its types, and do what the files in `proofs/` ask of it.
 */
import { globSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackages } from '../build/packages.ts'
import type { Manifest } from '../build/published.ts'
import { PROGRAMS, ROOT, run, runNpm } from '../command.ts'

const PROOFS = globSync('proofs/*.ts', { cwd: import.meta.dirname }).sort()

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
  const quietly = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  expect(await runNpm(['install', ...quietly, ...tarballs], app)).toBe(0)

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

describe('the installed packages', () => {
  it('load by each of their entrances', async () => {
    expect(entrances).not.toEqual([])
    const source = entrances.map((entrance) => `await import('${entrance}')`).join('\n')
    await writeFile(join(app, 'entrances.js'), source)
    expect(await run(process.execPath, ['entrances.js'], app)).toBe(0)
  })

  it('declare types that a strict compiler accepts', async () => {
    const source = entrances.map((entrance, index) => `export * as entrance${index} from '${entrance}'`)
    await writeFile(join(app, 'entrances.ts'), source.join('\n'))
    const settings = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    const platformTypes = ['--typeRoots', join(ROOT, 'node_modules/@types')]
    const args = [PROGRAMS.tsc, ...settings, ...platformTypes, 'entrances.ts']
    expect(await run(process.execPath, args, app)).toBe(0)
  })

  it.each(PROOFS.map((path) => basename(path, '.ts')))('work: %s', async (proof) => {
    await cp(join(import.meta.dirname, 'proofs', `${proof}.ts`), join(app, `${proof}.proof.ts`))
    expect(await run(process.execPath, [`${proof}.proof.ts`], app)).toBe(0)
  })
})
