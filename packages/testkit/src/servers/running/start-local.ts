import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KindOfServer, Tools } from '../kind.ts'
import { StartedServer } from '../own-server.ts'
import type { Origin, OwnServer, ServerOptions } from '../server.ts'
import { type Account, accountFor } from './account.ts'
import { makeDirectory, removeDirectory, removeLeftovers } from './directory.ts'
import { LocalRunner } from './local-runner.ts'
import { portFor } from './port.ts'

/** Another process may take the port between our look and the server's. */
const PORT_ATTEMPTS = 3
const PASSWORD_BYTES = 12
/** Filling a new directory takes a second; several at once on a slow disk, many. */
const PREPARE_TIMEOUT_MS = 60_000

/** Starts a server from a binary of this machine, in a new directory. */
export async function startLocal(
  kind: KindOfServer,
  binary: string,
  origin: Origin,
  options: ServerOptions,
): Promise<OwnServer> {
  await removeLeftovers()
  const attempts = options.port ? 1 : PORT_ATTEMPTS
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(kind, binary, origin, options)
    } catch (error) {
      const isPortTaken = /already in use/i.test((error as Error).message)
      if (!isPortTaken || attempt === attempts) throw error
    }
  }
}

async function startOnce(
  kind: KindOfServer,
  binary: string,
  origin: Origin,
  { port, settings = {} }: ServerOptions,
): Promise<OwnServer> {
  const account = await accountFor(kind.account)
  const directory = await makeDirectory(account)
  try {
    const password = randomBytes(PASSWORD_BYTES).toString('hex')
    const place = { directory, user: 'assent', password, port: await portFor(port) }
    await kind.prepare(binary, place, toolsIn(directory, account))
    const runner = new LocalRunner(kind, binary, place, account, settings)
    const server = new StartedServer(kind, kind.url(place), origin, runner)
    await server.start()
    return server
  } catch (error) {
    await removeDirectory(directory)
    throw error
  }
}

function toolsIn(directory: string, account: Account | undefined): Tools {
  const options = { cwd: directory, timeout: PREPARE_TIMEOUT_MS, ...account }
  return {
    run: (program, args, input) =>
      new Promise((resolve, reject) => {
        const child = execFile(program, args, options, (error, stdout, stderr) => {
          if (error) reject(new Error(`${program} failed:\n${stdout}${stderr}`, { cause: error }))
          else resolve()
        })
        child.stdin?.on('error', () => {})
        child.stdin?.end(input)
      }),
    write: async (name, text) => {
      const path = join(directory, name)
      await writeFile(path, text)
      if (account) await chown(path, account.uid, account.gid)
      return path
    },
  }
}
