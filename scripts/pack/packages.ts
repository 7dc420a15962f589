/** Every package as a tarball, as a registry would hold it, and installing some of them as a stranger would. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPackages } from '../build/packages.ts'
import type { Manifest } from '../build/published.ts'
import { runNpm } from '../command.ts'

const INSTALL_QUIETLY = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']

export interface Packed {
  manifest: PackedManifest
  tarball: string
}

export type PackedManifest = Manifest & {
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** Builds and packs every package into the folder. Throws where one of ours is needed that is not built. */
export async function packPackages(folder: string): Promise<Packed[]> {
  const built = await buildPackages(join(folder, 'dist'))
  if ((await runNpm(['pack', '--silent', '--pack-destination', folder, ...built], folder)) !== 0) {
    throw new Error('the packages can not be packed')
  }
  const packed = await Promise.all(built.map((path) => packedFrom(path, folder)))
  for (const { manifest } of packed) withOursThatItNeeds(packed, manifest.name)
  return packed
}

async function packedFrom(built: string, folder: string): Promise<Packed> {
  const manifest: PackedManifest = JSON.parse(await readFile(join(built, 'package.json'), 'utf8'))
  const name = manifest.name.replace('@', '').replace('/', '-')
  return { manifest, tarball: join(folder, `${name}-${manifest.version}.tgz`) }
}

/** A package, and those of ours that it can not be installed without. */
export function withOursThatItNeeds(packed: readonly Packed[], name: string): Packed[] {
  const needed = new Set([name])
  // A set is walked to its end, what is added on the way included.
  for (const each of needed) {
    const found = packed.find(({ manifest }) => manifest.name === each)
    if (!found) throw new Error(`${each} is not built, so that it would be looked for in the registry`)
    const names = Object.keys(found.manifest.dependencies ?? {})
    for (const dependency of names) if (dependency.startsWith('@assent/')) needed.add(dependency)
  }
  return packed.filter(({ manifest }) => needed.has(manifest.name))
}

/** What can be imported from a package. */
export function entrancesOf({ manifest: { name, exports = {} } }: Packed): string[] {
  const subpaths = Object.keys(exports).filter((subpath) => !subpath.endsWith('.json'))
  return subpaths.map((subpath) => name + subpath.slice(1))
}

/** Makes an application's folder if need be, and installs tarballs or packages of the registry in it. */
export async function install(app: string, what: readonly string[]): Promise<void> {
  await mkdir(app, { recursive: true })
  const own = join(app, 'package.json')
  await writeFile(own, JSON.stringify({ private: true, type: 'module' }), { flag: 'wx' }).catch(() => {})
  if ((await runNpm([...INSTALL_QUIETLY, ...what], app)) !== 0) {
    throw new Error(`${what.join(', ')} can not be installed`)
  }
}
