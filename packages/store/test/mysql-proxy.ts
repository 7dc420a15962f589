import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What becomes of the next commits: they work, the connection breaks before they arrive, or before their answer does. */
export type CommitFate = 'works' | 'never arrives' | 'is not answered'

export interface MysqlProxy {
  /** The server's, through the proxy. */
  url: string
  fate: CommitFate
  /** Connections so far. */
  accepted: number
  /** Breaks all connections. */
  cut(): void
  close(): Promise<void>
}

/** The statement as a packet: its length, its number, that it is a statement, and its text. */
const COMMIT = Buffer.from('\u0007\u0000\u0000\u0000\u0003COMMIT')

/** Stands between a store and its server, and knows a commit when it sees one. */
export async function mysqlProxy(url: string): Promise<MysqlProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    proxy.accepted += 1
    sockets.add(socket)
    const upstream = connect(Number(target.port), target.hostname)
    let isMute = false
    for (const end of [socket, upstream]) end.on('error', () => {})
    upstream.on('close', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      upstream.destroy()
    })
    socket.on('data', (chunk) => {
      const isCommit = chunk.includes(COMMIT)
      if (isCommit && proxy.fate === 'never arrives') socket.destroy()
      else upstream.write(chunk)
      isMute ||= isCommit && proxy.fate === 'is not answered'
    })
    upstream.on('data', (chunk) => {
      // The server has answered: what it was asked has happened.
      if (isMute) socket.destroy()
      else socket.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy: MysqlProxy = {
    url: Object.assign(new URL(url), { port }).href,
    fate: 'works',
    accepted: 0,
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
