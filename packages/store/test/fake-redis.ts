import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** In Redis's own notation; undefined: no answer at all. */
export type FakeAnswer = string | undefined

export interface FakeRedis {
  url: string
  /** What it was sent, without passwords. */
  commands: string[][]
  close(): Promise<void>
}

/** A server that answers as it is told, for what the one at hand can't be made to say. */
export async function fakeRedis(answer: (command: readonly string[]) => FakeAnswer): Promise<FakeRedis> {
  const commands: string[][] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let received = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      for (;;) {
        const taken = takeCommand(received)
        if (taken === undefined) return
        received = received.slice(taken.length)
        commands.push(taken.command)
        const said = answer(taken.command)
        if (said !== undefined) socket.write(`${said}\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `redis://127.0.0.1:${port}`,
    commands,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** What a list of text looks like. */
export function listOf(...texts: readonly string[]): string {
  return [`*${texts.length}`, ...texts.flatMap((text) => [`$${Buffer.byteLength(text)}`, text])].join('\r\n')
}

function takeCommand(received: string): { command: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(received)
  if (head === null) return undefined
  const command: string[] = []
  let at = head[0].length
  for (let word = 0; word < Number(head[1]); word += 1) {
    const size = /^\$(\d+)\r\n/.exec(received.slice(at, at + 20))
    if (size === null) return undefined
    const begin = at + size[0].length
    at = begin + Number(size[1]) + 2
    if (received.length < at) return undefined
    command.push(received.slice(begin, at - 2))
  }
  return { command, length: at }
}
