/** What an application carries with a package: what is installed, what is loaded, and what a bundle keeps of it. */
import { statSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type OutputChunk, rolldown } from 'rolldown'

/** Sizes are those of files, not of the blocks that a disk gives them. */
export interface Weight {
  /** The bytes of each package. */
  packages: Record<string, number>
  files: number
  bytes: number
}

export interface Bundle {
  /** Minified. */
  bytes: number
  compressedBytes: number
  /** What it takes from the platform at once, and what only when it is needed. */
  imports: string[]
  importedLater: string[]
}

/** Everything that is installed. */
export async function installedIn(app: string): Promise<Weight> {
  const entries = await readdir(join(app, 'node_modules'), { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  // What npm itself notes down belongs to no package.
  return weightOf(files.filter((path) => packageOf(path) !== '.package-lock.json'))
}

/** What Node loads for these lines, whatever of it they use. */
export async function loadedFor(app: string, source: string): Promise<Weight> {
  const { moduleIds } = await chunkOf(app, source, { treeshake: false })
  return weightOf(moduleIds.filter((path) => path.includes('node_modules')))
}

/** What a bundler makes of these lines. */
export async function bundleOf(app: string, source: string): Promise<Bundle> {
  const { code, imports, dynamicImports } = await chunkOf(app, source, {})
  return {
    bytes: Buffer.byteLength(code),
    compressedBytes: gzipSync(code).length,
    imports: [...imports].sort(),
    importedLater: [...dynamicImports].sort(),
  }
}

async function chunkOf(app: string, source: string, settings: { treeshake?: boolean }): Promise<OutputChunk> {
  const input = join(app, 'bundled.js')
  await writeFile(input, source)
  await using bundle = await rolldown({ input, cwd: app, platform: 'node', ...settings })
  const { output } = await bundle.generate({ format: 'es', minify: true })
  return output[0]
}

function weightOf(paths: readonly string[]): Weight {
  const packages: Record<string, number> = {}
  let bytes = 0
  for (const path of paths) {
    const { size } = statSync(path)
    packages[packageOf(path)] = (packages[packageOf(path)] ?? 0) + size
    bytes += size
  }
  return { packages, files: paths.length, bytes }
}

/** …/node_modules/@assent/client/index.js → @assent/client */
function packageOf(path: string): string {
  const below = path.replaceAll('\\', '/').split('/node_modules/').at(-1) ?? path
  return below.split('/', below.startsWith('@') ? 2 : 1).join('/')
}
