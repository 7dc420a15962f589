import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How many ports are tried, the first included. */
export const PORTS_TRIED_MAX = 100

/** Listens on `port`, or where it is taken on the next that is free; answers which it is. */
export async function listenNear(server: Server, host: string, port: number): Promise<number> {
  for (let tried = 0; ; tried += 1) {
    try {
      await listen(server, host, port + tried)
      return (server.address() as AddressInfo).port
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!isTaken || tried + 1 >= PORTS_TRIED_MAX) throw error
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
