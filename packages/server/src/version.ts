import { existsSync, readFileSync } from 'node:fs'

/** The package's description lies beside the code where it is installed, and above it in the repository. */
const PLACES = ['./package.json', '../package.json'].map((path) => new URL(path, import.meta.url))

/** The version of Assent; all of its packages have the same. */
export const VERSION: string = readVersion()

function readVersion(): string {
  const place = PLACES.find((url) => existsSync(url))
  return place === undefined ? 'unknown' : JSON.parse(readFileSync(place, 'utf8')).version
}
