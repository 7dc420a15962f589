import { converse, dial } from '../conversation.ts'
import type { Greeting } from '../kind.ts'

const DEFAULT_PORT = 3306
/** Length and number of a packet. */
const HEADER_BYTES = 4
const ERROR = 0xff
/** Where the words of an error begin, behind its sign and number. */
const ERROR_TEXT_AT = 3

/** The server speaks first, and says its version before anyone has logged in, and before any TLS. */
export function greet(url: URL): Promise<Greeting> {
  return converse(dial(url, DEFAULT_PORT), undefined, (received) => {
    if (received.length < HEADER_BYTES) return undefined
    if (received.length < HEADER_BYTES + received.readUIntLE(0, 3)) return undefined
    return greetingIn(received.subarray(HEADER_BYTES))
  })
}

/** `5.5.5-10.11.19-MariaDB-0+deb12u1`, `11.8.2-MariaDB`, `8.0.36`. */
export function greetingIn(packet: Buffer): Greeting {
  if (packet[0] === ERROR) throw new Error(packet.toString('utf8', ERROR_TEXT_AT))
  const said = packet.toString('latin1', 1, packet.indexOf(0, 1))
  // MariaDB hides behind an old version of MySQL, for clients that would not know its own.
  const version = said.replace(/^5\.5\.5-/, '').split('-')[0] ?? said
  return { product: said.includes('MariaDB') ? 'MariaDB' : 'MySQL', version }
}
