import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Installs what the lock file of this folder says, where that is missing. Nobody who only builds Assent needs its
 * peers, so they are no part of the repository's own installation.
 */
export function installPeers(): void {
  if (isInstalled()) return
  console.log('Installing what bench/peers/package-lock.json says (npm ci) ...')
  const npm = process.env.npm_execpath
  const args = ['ci', '--loglevel=error', '--no-progress']
  const [program, first] = npm ? [process.execPath, [npm]] : ['npm', []]
  const { status } = spawnSync(program, [...first, ...args], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('npm ci failed in bench/peers')
}

interface Locked {
  version?: string
  optional?: boolean
}

/** A package that is made for another platform is rightly absent. */
function isInstalled(): boolean {
  const found = packagesIn('node_modules/.package-lock.json')
  return Object.entries(packagesIn('package-lock.json')).every(
    ([place, { version, optional }]) =>
      place === '' || found[place]?.version === version || (optional === true && found[place] === undefined),
  )
}

function packagesIn(file: string): Record<string, Locked> {
  const path = new URL(file, import.meta.url)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}
