import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface FlakyProxy {
  url: string
  /** Connections that it cut so far. */
  cuts(): number
  close(): Promise<void>
}

/** Bytes that a connection passes at most before it is cut: a request and its answer are about a thousand. */
const PASSED_MAX_BYTES = 4_000

/**
 * Stands between a client and a server, and cuts each connection after a random number of bytes, whichever way they
 * went: amid a request, between a request and its answer, amid an answer. The same seed cuts after the same numbers.
 */
export async function flakyProxy(serverUrl: string, seed: number): Promise<FlakyProxy> {
  const { hostname, port } = new URL(serverUrl)
  const random = randomFrom(seed)
  const open = new Set<Socket>()
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let leftBytes = Math.floor(random() * PASSED_MAX_BYTES)
    const cut = (): void => {
      client.destroy()
      upstream.destroy()
    }
    const pass = (from: Socket, to: Socket): void => {
      open.add(from)
      from.on('data', (chunk) => {
        to.write(chunk.subarray(0, leftBytes))
        leftBytes -= chunk.length
        if (leftBytes > 0 || from.destroyed) return
        cuts += 1
        // What was passed arrives; what comes behind it does not.
        setImmediate(cut)
        from.removeAllListeners('data')
      })
      from.on('error', cut)
      from.on('close', () => {
        open.delete(from)
        cut()
      })
    }
    pass(client, upstream)
    pass(upstream, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
