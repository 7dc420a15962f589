import { converse, dial, dialTls } from '../conversation.ts'

const DEFAULT_PORT = 6379
const END_OF_LINE = '\r\n'

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

/** The replies that have arrived whole, each behind the sign of its type. */
export function repliesIn(received: Buffer): string[] {
  const replies: string[] = []
  for (let reply = replyAt(received, 0); reply; reply = replyAt(received, reply.end)) replies.push(reply.text)
  return replies
}

/** The items of a list stand in lines of their own. */
function replyAt(received: Buffer, at: number): { text: string; end: number } | undefined {
  const lineEnd = received.indexOf(END_OF_LINE, at)
  if (lineEnd < 0) return undefined
  const line = received.toString('utf8', at, lineEnd)
  const next = lineEnd + END_OF_LINE.length
  const size = Number(line.slice(1))
  if (size < 0 || !/^[$*]/.test(line)) return { text: line, end: next }
  if (line.startsWith('$')) {
    const end = next + size + END_OF_LINE.length
    return received.length < end
      ? undefined
      : { text: `$${received.toString('utf8', next, next + size)}`, end }
  }
  const items: string[] = []
  let end = next
  while (items.length < size) {
    const item = replyAt(received, end)
    if (!item) return undefined
    items.push(item.text.slice(1))
    end = item.end
  }
  return { text: `*${items.join('\n')}`, end }
}
