import { Socket } from 'node:net'
import type { Connection, ConnectionConfig } from 'mariadb'
import type { Address } from './address.ts'

/** How long a server may take to answer at all and to let us in, milliseconds. */
export const CONNECT_MAX_MS = 5_000
/** After resting so long a connection is asked by the system whether its other end is still there. */
const KEEP_ALIVE_MS = 10_000
/** Far more than any row or statement here: what it bounds is a server that has gone mad. */
const PACKET_MAX_BYTES = 64 * 1024 * 1024

/** The driver's connection, and the socket below it. */
export interface Connected {
  connection: Connection
  socket: Socket
}

export async function connect({ host, port, user, password, database, tls }: Address): Promise<Connected> {
  // The driver is loaded with the first connection, so that whoever keeps transactions elsewhere need not install it.
  const { createConnection } = await import('mariadb')
  const socket = new Socket()
  const config: ConnectionConfig & { permitRedirect: boolean } = {
    user,
    password,
    database,
    ...(tls !== undefined && { ssl: tls }),
    stream: (use) => {
      socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
      use(undefined, socket.connect(port, host))
    },
    connectTimeout: CONNECT_MAX_MS,
    // Another server that this one names is not the one that was asked for. The driver's types do not know it.
    permitRedirect: false,
    // A password that MySQL has not seen lately is encrypted for its key, which only TLS could vouch for.
    allowPublicKeyRetrieval: tls === undefined,
    collation: 'utf8mb4_bin',
    bigIntAsNumber: true,
    maxAllowedPacket: PACKET_MAX_BYTES,
    // Rows that were found count as affected, changed or not.
    foundRows: true,
  }
  try {
    return { connection: await createConnection(config), socket }
  } catch (error) {
    socket.destroy()
    throw error
  }
}
