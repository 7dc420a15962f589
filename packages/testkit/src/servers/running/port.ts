import { createServer } from 'node:net'
import { tryToTake } from '../finding/lock.ts'

/** Below the ports that systems give to outgoing connections, one of which could take a killed server's port. */
const PORT_MIN = 20_000
const PORTS = 10_000
/** Processes that were started one after the other look in places of their own, and so never collide. */
const PORTS_PER_PROCESS = 16

/** Handed out by this process, whether anyone listens there yet or not. */
const taken = new Set<number>()

/** This port of 127.0.0.1, or any on which nobody listens. Rejects when someone listens on this one. */
export async function portFor(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return freePort()
  if (!(await isFree(wanted))) throw new Error(`Port ${wanted} of 127.0.0.1 is already in use.`)
  return wanted
}

/** A port of 127.0.0.1 on which nobody listens, and which is given to nobody else while this process lives. */
export async function freePort(): Promise<number> {
  const offset = (process.pid * PORTS_PER_PROCESS) % PORTS
  for (let tried = 0; tried < PORTS; tried += 1) {
    const port = PORT_MIN + ((offset + tried) % PORTS)
    if (taken.has(port)) continue
    taken.add(port)
    if ((await isFree(port)) && (await isOurs(port))) return port
  }
  throw new Error(`No port from ${PORT_MIN} to ${PORT_MIN + PORTS - 1} is free.`)
}

/** A server that takes long to listen is not to be mistaken for one of another process that took its port meanwhile. */
async function isOurs(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const held = await tryToTake(`assent-port-${port}`)
  held?.unref()
  return held !== undefined
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
