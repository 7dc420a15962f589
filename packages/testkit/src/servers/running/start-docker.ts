import { randomBytes } from 'node:crypto'
import type { KindOfServer } from '../kind.ts'
import { StartedServer } from '../own-server.ts'
import type { OwnServer, ServerOptions } from '../server.ts'
import { docker, PULL_TIMEOUT_MS } from './docker.ts'
import { DockerRunner } from './docker-runner.ts'
import { portFor } from './port.ts'

const PASSWORD_BYTES = 12

/** Starts a server in a new container. */
export async function startDocker(kind: KindOfServer, options: ServerOptions): Promise<OwnServer> {
  const password = randomBytes(PASSWORD_BYTES).toString('hex')
  const address = { port: await portFor(options.port), user: kind.container.user, password }
  const server = new StartedServer(
    kind,
    kind.url(address),
    'Docker',
    new DockerRunner(kind, address, options.settings ?? {}),
  )
  try {
    await server.start()
    return server
  } catch (error) {
    await server.close().catch(() => undefined)
    throw error
  }
}

/** Fetches what a first start would have to fetch. */
export async function pullImage(kind: KindOfServer): Promise<void> {
  await docker(['pull', '--quiet', kind.container.image], PULL_TIMEOUT_MS)
}
