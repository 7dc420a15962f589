import { globSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { KindOfServer } from '../kind.ts'
import { docker } from '../running/docker.ts'
import { installPackage } from './debian.ts'
import type { Surroundings } from './find.ts'

const DOCKER_TIMEOUT_MS = 10_000

/** Those of this machine. */
export const SURROUNDINGS: Surroundings = {
  binaryOf,
  dockerAnswers: () =>
    docker(['info'], DOCKER_TIMEOUT_MS).then(
      () => true,
      () => false,
    ),
  isRootOnDebian: async () => process.getuid?.() === 0 && (await may('/usr/bin/apt-get', constants.X_OK)),
  install: (kind) => installPackage(kind.debianPackage, async () => (await binaryOf(kind)) !== undefined),
}

async function binaryOf(kind: KindOfServer): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [...onPath, ...kind.folders]) {
    for (const path of pathsOf(join(folder, kind.program))) {
      if (await may(path, constants.X_OK)) return path
    }
  }
  return undefined
}

/** What a path with `*` stands for, the newest version first. */
function pathsOf(path: string): string[] {
  if (!path.includes('*')) return [path]
  return globSync(path).sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
}

function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}
