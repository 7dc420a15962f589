import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A program that was installed with another: in one of the folders seen from where that lies, or where its link points. */
export function programBeside(binary: string, name: string, folders: readonly string[]): string {
  for (const home of [dirname(binary), dirname(realpathSync(binary))]) {
    const found = folders.map((folder) => join(home, folder, name)).find((path) => existsSync(path))
    if (found) return found
  }
  throw new Error(`There is no ${name} that belongs to ${binary}.`)
}
