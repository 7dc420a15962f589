import type { Socket } from 'node:net'
import { converse, dial, dialTls, listen } from '../conversation.ts'
import type { Greeting } from '../kind.ts'
import { loginOf } from './login.ts'

const DEFAULT_PORT = 5432
const PROTOCOL = 196_608
const WANTS_TLS = 80_877_103
/** The sign of a message's type, and its length. */
const HEADER_BYTES = 5
const LENGTH_BYTES = 4

/** Logs in, and is told the version with much else. */
export async function greet(url: URL): Promise<Greeting> {
  const user = decodeURIComponent(url.username)
  const database = decodeURIComponent(url.pathname.slice(1)) || user
  const login = loginOf(user, decodeURIComponent(url.password))
  const socket = await connection(url)
  let read = 0
  return converse(socket, opening(PROTOCOL, `user\0${user}\0database\0${database}\0\0`), (received) => {
    while (received.length >= read + HEADER_BYTES) {
      const end = read + 1 + received.readUInt32BE(read + 1)
      if (received.length < end) return undefined
      const type = String.fromCharCode(received[read] ?? 0)
      const body = received.subarray(read + HEADER_BYTES, end)
      read = end
      if (type === 'E') throw new Error(errorIn(body))
      const reply = type === 'R' ? login(body) : undefined
      if (reply) socket.write(message('p', reply))
      const version = type === 'S' ? versionIn(body) : undefined
      if (version) return { product: 'PostgreSQL', version }
    }
    return undefined
  })
}

/** Under TLS where `sslmode` asks for it, which here as elsewhere verifies only when it says so. */
async function connection(url: URL): Promise<Socket> {
  const mode = url.searchParams.get('sslmode') ?? 'disable'
  const socket = dial(url, DEFAULT_PORT)
  if (['disable', 'allow', 'prefer'].includes(mode)) return socket
  try {
    const answer = await listen(socket, opening(WANTS_TLS, ''), (received) => received.toString('latin1'))
    if (answer !== 'S') throw new Error(`sslmode=${mode}, and the server speaks no TLS`)
  } catch (error) {
    socket.destroy()
    throw error
  }
  return dialTls(url, DEFAULT_PORT, { verify: mode.startsWith('verify'), over: socket })
}

/** The first message of a connection has no type. */
function opening(code: number, body: string): Buffer {
  const head = Buffer.alloc(2 * LENGTH_BYTES)
  head.writeUInt32BE(head.length + Buffer.byteLength(body), 0)
  head.writeUInt32BE(code, LENGTH_BYTES)
  return Buffer.concat([head, Buffer.from(body)])
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.write(type)
  head.writeUInt32BE(LENGTH_BYTES + body.length, 1)
  return Buffer.concat([head, body])
}

/** `server_version` is `15.18 (Debian 15.18-0+deb12u1)`; other parameters come the same way. */
function versionIn(body: Buffer): string | undefined {
  const [name, value] = body.toString('utf8').split('\0')
  return name === 'server_version' ? value?.split(' ')[0] : undefined
}

/** Its fields are texts behind a sign each; M is what people read. */
function errorIn(body: Buffer): string {
  const fields = body.toString('utf8').split('\0')
  return fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'refused'
}
