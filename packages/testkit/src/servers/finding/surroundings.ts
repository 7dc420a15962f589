import { execFile } from 'node:child_process'
import { access, constants, glob } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { KindOfServer } from '../kind.ts'
import type { Surroundings } from './find.ts'

const run = promisify(execFile)
const DOCKER_TIMEOUT_MS = 10_000

export const SURROUNDINGS: Surroundings = {
  binaryOf,
  dockerAnswers: () =>
    run('docker', ['info'], { timeout: DOCKER_TIMEOUT_MS }).then(
      () => true,
      () => false,
    ),
  isRootOnDebian: async () =>
    process.getuid?.() === 0 && (await exists('/etc/debian_version', constants.R_OK)),
  install: async () => {
    throw new Error('not yet')
  },
}

/** The newest where there are several. */
async function binaryOf(kind: KindOfServer): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const found = await Promise.all(
    [...onPath, ...kind.folders].map((folder) => newestIn(folder, kind.program)),
  )
  return found.find((path) => path !== undefined)
}

async function newestIn(folder: string, program: string): Promise<string | undefined> {
  const paths: string[] = []
  if (folder.includes('*')) for await (const path of glob(join(folder, program))) paths.push(path)
  else paths.push(join(folder, program))
  paths.sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
  for (const path of paths) if (await exists(path, constants.X_OK)) return path
  return undefined
}

async function exists(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}
