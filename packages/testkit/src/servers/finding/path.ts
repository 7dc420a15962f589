import { globSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** A program of the PATH, or else of these folders, in which `*` is any name. */
export async function programOf(name: string, folders: readonly string[] = []): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const folder of [...onPath, ...folders]) {
    for (const path of pathsOf(join(folder, name))) {
      if (await mayRun(path)) return path
    }
  }
  return undefined
}

export function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** What a path with `*` stands for, the newest version first. */
function pathsOf(path: string): string[] {
  if (!path.includes('*')) return [path]
  return globSync(path).sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
}
