import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_MS = 200

/**
 * One process of this machine at a time, by a name of Linux's that no file stands for: whoever holds it loses it with
 * his life. Rejects when it is not to be had in time.
 */
export async function withLock<T>(name: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const lock = await take(name, timeoutMs)
  try {
    return await work()
  } finally {
    lock.close()
  }
}

async function take(name: string, timeoutMs: number): Promise<Server> {
  const begunAt = performance.now()
  for (;;) {
    const lock = await tryToTake(name)
    if (lock) return lock
    if (performance.now() - begunAt > timeoutMs) {
      throw new Error(`Another process has held ${name} for ${timeoutMs} ms.`)
    }
    await sleep(RETRY_MS)
  }
}

/** Until it is closed, or this process ends. Undefined where another process has it. */
export function tryToTake(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(`\0${name}`, () => resolve(server))
  })
}
