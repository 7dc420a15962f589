import { converse } from '../conversation.ts'
import type { Greeting } from '../kind.ts'
import { loginOf } from './login.ts'

const DEFAULT_PORT = 5432
const PROTOCOL = 196_608
/** The sign of a message's type, and its length. */
const HEADER_BYTES = 5

/** Logs in, and is told the version with much else. */
export function greet(url: URL): Promise<Greeting> {
  const user = decodeURIComponent(url.username)
  const database = decodeURIComponent(url.pathname.slice(1)) || user
  const login = loginOf(user, decodeURIComponent(url.password))
  let read = 0
  return converse(url, DEFAULT_PORT, startup({ user, database }), (received, socket) => {
    while (received.length >= read + HEADER_BYTES) {
      const end = read + 1 + received.readUInt32BE(read + 1)
      if (received.length < end) return undefined
      const type = String.fromCharCode(received[read] ?? 0)
      const body = received.subarray(read + HEADER_BYTES, end)
      read = end
      if (type === 'E') throw new Error(errorIn(body))
      if (type === 'R') {
        const reply = login(body)
        if (reply) socket.write(message('p', reply))
      }
      if (type === 'S') {
        const [name, value] = body.toString('utf8').split('\0')
        if (name === 'server_version' && value)
          return { product: 'PostgreSQL', version: value.split(' ')[0] ?? value }
      }
    }
    return undefined
  })
}

function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters).flat().join('\0')
  const body = Buffer.from(`${text}\0\0`)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(head.length + body.length, 0)
  head.writeUInt32BE(PROTOCOL, 4)
  return Buffer.concat([head, body])
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.write(type)
  head.writeUInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

/** Its fields are texts behind a sign each; M is what people read. */
function errorIn(body: Buffer): string {
  const fields = body.toString('utf8').split('\0')
  return fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'refused'
}
