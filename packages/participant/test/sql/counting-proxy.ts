import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a driver and its server. */
export interface CountingProxy {
  /** The server's URL, by way of the proxy. */
  url: string
  /** How often somebody has sent something and waited for an answer, since this was last asked. */
  roundTrips(): number
  /** Lets the next message that fits reach the server, and then cuts its connection: no answer comes. */
  loseAnswerTo(message: RegExp): void
  close(): Promise<void>
}

export async function startCountingProxy(serverUrl: string): Promise<CountingProxy> {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let turns = 0
  let fatal: RegExp | undefined

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
    }
    let isAnswering = true
    let isCut = false
    client.on('data', (sent) => {
      // What is sent before anything was answered goes on the same way.
      if (isAnswering) turns += 1
      isAnswering = false
      if (fatal?.test(sent.toString('latin1'))) {
        fatal = undefined
        isCut = true
      }
      upstream.write(sent)
    })
    upstream.on('data', (answered) => {
      isAnswering = true
      if (isCut) client.destroy()
      else client.write(answered)
    })
    client.on('close', () => upstream.end())
    upstream.on('close', () => client.end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: Object.assign(new URL(serverUrl), { host: `127.0.0.1:${port}` }).href,
    roundTrips: () => {
      const counted = turns
      turns = 0
      return counted
    },
    loseAnswerTo: (message) => {
      fatal = message
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
