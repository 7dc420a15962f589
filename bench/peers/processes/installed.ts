import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The version of an installed package, as the lock file of this folder has it. */
export function versionOf(name: string): string {
  const lock = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')
  const packages: Record<string, { version?: string }> = JSON.parse(lock).packages
  return packages[`node_modules/${name}`]?.version ?? 'unknown'
}

/** A file of an installed package. */
export function pathOf(file: string): string {
  return fileURLToPath(new URL(`../node_modules/${file}`, import.meta.url))
}
