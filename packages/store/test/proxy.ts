import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * What becomes of a connection: it works; nothing that is sent arrives; whatever is sent arrives and no answer comes
 * back; or it is closed as soon as it is there.
 */
export type ProxyMode = 'open' | 'loses requests' | 'loses answers' | 'closes'

export interface TcpProxy {
  /** As the server's, through the proxy. */
  url: string
  mode: ProxyMode
  /** Connections so far. */
  accepted: number
  /** Bytes that were sent to the server. */
  forwarded: number
  /** Breaks all connections. */
  cut(): void
  close(): Promise<void>
}

/** Stands between a store and its server, and loses what it is told to. */
export async function proxyTo(url: string): Promise<TcpProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    proxy.accepted += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (proxy.mode === 'closes') {
      socket.destroy()
      return
    }
    const upstream = connect(Number(target.port), target.hostname)
    upstream.on('error', () => {})
    upstream.on('close', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    socket.on('data', (chunk) => {
      if (proxy.mode === 'loses requests') return
      proxy.forwarded += chunk.length
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (proxy.mode !== 'loses answers') socket.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.port = String((server.address() as AddressInfo).port)
  const proxy: TcpProxy = {
    url: through.href,
    mode: 'open',
    accepted: 0,
    forwarded: 0,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      proxy.cut()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
