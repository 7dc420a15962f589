import { execFile } from 'node:child_process'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { withLock } from './lock.ts'
import { mayRun } from './path.ts'

const run = promisify(execFile)

/** A slow mirror is waited for; one that does not answer is not. */
const INSTALL_TIMEOUT_MS = 600_000
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024
/** The end is where the package manager says what went wrong. */
const OUTPUT_TAIL_CHARACTERS = 4_000

/** Asked by every package whether its service may be started: 101 is no. */
const POLICY = '/usr/sbin/policy-rc.d'
const MARK = '# Of the tests of Assent, which want a server installed and no service started.'

/** Whether packages of Debian's may be installed here. */
export async function isRootOnDebian(): Promise<boolean> {
  return process.getuid?.() === 0 && (await mayRun('/usr/bin/apt-get'))
}

/** Installs a package of Debian's, one at a time on this machine, unless it `isThere` by the time that it is our turn. */
export async function installPackage(name: string, isThere: () => Promise<boolean>): Promise<void> {
  await withLock('assent-install', INSTALL_TIMEOUT_MS, async () => {
    if (await isThere()) return
    console.error(`Installing Debian's package ${name}, because no server was found to test against.`)
    const remove = await refuseServices()
    try {
      await apt('update')
      await apt('install', '--yes', '--no-install-recommends', name)
    } finally {
      await remove()
    }
  })
}

async function apt(...args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await run('apt-get', args, { env, timeout: INSTALL_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const output = `${stdout}${stderr}`.slice(-OUTPUT_TAIL_CHARACTERS)
    throw new Error(`apt-get ${args.join(' ')} failed:\n${output}`, { cause: error })
  }
}

/** No service is started while this process lives. A machine that has a policy of its own keeps it. */
async function refuseServices(): Promise<() => Promise<void>> {
  const present = await readFile(POLICY, 'utf8').catch(() => undefined)
  if (present !== undefined && !present.includes(MARK)) return async () => {}
  await writeFile(POLICY, `#!/bin/sh\n${MARK}\nkill -0 ${process.pid} 2>/dev/null && exit 101\nexit 0\n`)
  await chmod(POLICY, 0o755)
  return () => rm(POLICY, { force: true })
}
