import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'

/** A participant on loopback, and what a test asks about it. */
export interface HttpParticipant {
  /** Without a slash at the end. */
  origin: string
  /** Connections that were ever made to it. */
  connections(): number
  /** Connections that stand now. */
  openConnections(): number
  /** Requests that it has received. */
  requests(): number
  close(): Promise<void>
}

/** `port` is 0 for any that is free. */
export async function startHttp(answer: RequestListener, port = 0): Promise<HttpParticipant> {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    answer(request, response)
  })
  return { ...(await listen(server, port)), requests: () => requests }
}

/** A participant that speaks no HTTP but what `speak` writes. */
export async function startTcp(speak: (socket: Socket) => void): Promise<HttpParticipant> {
  let requests = 0
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      requests += 1
      speak(socket)
    })
  })
  return { ...(await listen(server)), requests: () => requests }
}

async function listen(server: Server, port = 0): Promise<Omit<HttpParticipant, 'requests'>> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    openConnections: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

/** An origin at which nobody listens. */
export async function deadOrigin(): Promise<string> {
  const { origin, close } = await listen(createTcpServer())
  await close()
  return origin
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
