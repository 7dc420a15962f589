import { connect, type Socket } from 'node:net'

/** An answer that takes longer is none. */
const ANSWER_TIMEOUT_MS = 5_000

/**
 * Talks to a server until `answer` has what it wants. It sees all bytes received so far, on each arrival, and answers
 * undefined for "not enough yet"; what it throws ends the conversation.
 */
export function converse<T>(
  url: URL,
  defaultPort: number,
  first: string | Buffer | undefined,
  answer: (received: Buffer, socket: Socket) => T | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port || defaultPort), url.hostname.replace(/^\[|\]$/g, ''))
    let received = Buffer.alloc(0)
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => fail(new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`)))
    socket.once('error', fail)
    socket.once('close', () => reject(new Error('the connection was closed before it answered')))
    if (first) socket.write(first)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      try {
        const found = answer(received, socket)
        if (found === undefined) return
        resolve(found)
        socket.destroy()
      } catch (error) {
        fail(error as Error)
      }
    })
  })
}
