import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** An answer that takes longer is none. */
const ANSWER_TIMEOUT_MS = 5_000

/** A connection to where the URL points. */
export function dial(url: URL, defaultPort: number): Socket {
  return connect(Number(url.port || defaultPort), hostOf(url))
}

/** The same under TLS, or TLS on top of a connection that there is already. */
export function dialTls(url: URL, defaultPort: number, options: { verify: boolean; over?: Socket }): Socket {
  const host = hostOf(url)
  const to = options.over ? { socket: options.over } : { host, port: Number(url.port || defaultPort) }
  return connectTls({ ...to, servername: isName(host) ? host : '', rejectUnauthorized: options.verify })
}

/**
 * Talks to a server until `answer` has what it wants, and hangs up. It is given all bytes that have been received,
 * on each arrival, and answers undefined for "not enough yet"; what it throws ends the conversation.
 */
export function converse<T>(
  socket: Socket,
  first: string | Buffer | undefined,
  answer: (received: Buffer) => T | undefined,
): Promise<T> {
  return listen(socket, first, answer).finally(() => socket.destroy())
}

/** The same without hanging up. */
export function listen<T>(
  socket: Socket,
  first: string | Buffer | undefined,
  answer: (received: Buffer) => T | undefined,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const tooLate = () => reject(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`))
  const timer = setTimeout(tooLate, ANSWER_TIMEOUT_MS)
  let received = Buffer.alloc(0)
  const hear = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    try {
      const found = answer(received)
      if (found !== undefined) resolve(found)
    } catch (error) {
      reject(error)
    }
  }
  const hungUp = () => reject(new Error('the connection was closed without an answer'))
  socket.on('error', reject)
  socket.on('close', hungUp)
  socket.on('data', hear)
  if (first) socket.write(first)
  return promise.finally(() => {
    clearTimeout(timer)
    socket.off('data', hear)
  })
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** An address is no server name to ask for. */
function isName(host: string): boolean {
  return !/^[\d.]+$|:/.test(host)
}
