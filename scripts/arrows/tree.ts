/** Collects the sources that the arrows hold for: everything but tests, which may import what they like. */
import { readFileSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { join, posix, sep } from 'node:path'
import { ROOT } from '../command.ts'
import type { Tree } from './violations.ts'

const SOURCES = '{packages,examples,bench,scripts}/**/*.{ts,tsx,mts,cts}'
const MANIFESTS = ['package.json', '{packages,examples,bench}/**/package.json']
/** Tests, and what only tests share. */
const TEST = /\.test\.[cm]?tsx?$|^packages\/[^/]+\/test\//
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist'])

type Manifest = Record<
  'dependencies' | 'devDependencies' | 'optionalDependencies' | 'peerDependencies',
  Record<string, string> | undefined
>

export async function readTree(): Promise<Tree> {
  const sources = new Map<string, string>()
  for (const path of await find(SOURCES)) {
    if (!TEST.test(path)) sources.set(path, await readFile(join(ROOT, path), 'utf8'))
  }
  const declared = new Map<string, Set<string>>()
  for (const path of await find(MANIFESTS)) declared.set(posix.dirname(path), declaredIn(path))
  // The tools have no package of their own: the root declares what they use, and npm links every workspace there.
  declared.set('scripts', new Set([...(declared.get('.') ?? []), ...(await workspaceNames())]))
  return { sources, declared }
}

async function workspaceNames(): Promise<string[]> {
  const paths = await find('packages/*/package.json')
  return paths.map((path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')).name)
}

async function find(patterns: string | readonly string[]): Promise<string[]> {
  const found: string[] = []
  const exclude = (name: string): boolean => SKIPPED_FOLDERS.has(posix.basename(name))
  for await (const path of glob(patterns, { cwd: ROOT, exclude })) found.push(path.split(sep).join('/'))
  return found.sort()
}

/** What a package has wherever it is installed; what it needs for development only counts at the root. */
function declaredIn(path: string): Set<string> {
  const manifest: Manifest = JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
  return new Set(
    Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
      ...(path === 'package.json' ? manifest.devDependencies : {}),
    }),
  )
}
