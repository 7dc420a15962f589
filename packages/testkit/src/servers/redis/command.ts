import { converse, dial, dialTls } from '../conversation.ts'

const DEFAULT_PORT = 6379

/** Sends commands over one connection, the password first, and answers with the reply to the last. */
export function redisCommands(url: URL, commands: readonly (readonly string[])[]): Promise<string> {
  const password = decodeURIComponent(url.password)
  const user = decodeURIComponent(url.username)
  const login = password === '' ? [] : [['AUTH', ...(user === '' ? [] : [user]), password]]
  const all = [...login, ...commands]
  const isTls = url.protocol === 'rediss:'
  const socket = isTls ? dialTls(url, DEFAULT_PORT, { verify: true }) : dial(url, DEFAULT_PORT)
  return converse(socket, all.map(encode).join(''), (received) => {
    const replies = repliesIn(received)
    const refused = replies.find((reply) => reply.startsWith('-'))
    if (refused) throw new Error(refused.slice(1))
    return replies.length < all.length ? undefined : replies.at(-1)?.slice(1)
  })
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}

/** The replies that have arrived whole, each behind the sign of its type; lists are not spoken here. */
function repliesIn(received: Buffer): string[] {
  const replies: string[] = []
  for (let at = 0; at < received.length; ) {
    const end = received.indexOf('\r\n', at)
    if (end < 0) break
    const line = received.toString('utf8', at, end)
    if (!line.startsWith('$')) {
      replies.push(line)
      at = end + 2
      continue
    }
    const bodyEnd = end + 2 + Number(line.slice(1))
    if (received.length < bodyEnd + 2) break
    replies.push(`$${received.toString('utf8', end + 2, bodyEnd)}`)
    at = bodyEnd + 2
  }
  return replies
}
