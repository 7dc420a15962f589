import { createServer } from 'node:net'
import { SERVICES } from './services.ts'

/** Below the ports that systems give to outgoing connections, one of which could take a dead process's port. */
const PORT_MIN = 20_000
const PORTS = 10_000

/** Ports that a process gets again after it was killed. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  const offset = (process.pid * 7) % PORTS
  for (let tried = 0; found.length < count && tried < PORTS; tried += 1) {
    const port = PORT_MIN + ((offset + tried) % PORTS)
    if (await isFree(port)) found.push(port)
  }
  return found
}

/** Throws where somebody listens already on the port of a service. */
export async function refuseTakenPorts(): Promise<void> {
  for (const { name, port } of SERVICES) {
    if (!(await isFree(port)))
      throw new Error(`${name} needs port ${port}, on which somebody listens already.`)
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
