import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import { storeInvalid } from './refusals.ts'

/** Where the server is and as whom to speak to it, read. */
export interface Address {
  /** For people: server, database and account, without the password. */
  where: string
  host: string
  port: number
  user: string
  password: string
  database: string
  tls: ConnectionOptions | undefined
}

const DEFAULT_PORT = 3306
const NOWHERE = 'MySQL'
const MODE = 'ssl-mode'
/** The weaker ones other clients take as an encrypted connection to whoever answers; here all are verified. */
const TLS_MODES = new Set(['PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'])

/** Throws STORE_INVALID, which repeats no password. */
export function addressOf(url: string, tls: ConnectionOptions | undefined): Address {
  const parsed = URL.parse(url)
  const database = decoded(parsed?.pathname.slice(1) ?? '')
  if (parsed === null || !/^(mysql|mariadb):$/.test(parsed.protocol) || database === '') {
    throw storeInvalid(
      NOWHERE,
      'its URL can not be read',
      'it must be such as mysql://user:password@host:3306/database, with special characters of a password percent-encoded',
    )
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  const port = parsed.port === '' ? DEFAULT_PORT : Number(parsed.port)
  const user = decoded(parsed.username)
  return {
    where: `MySQL at ${host}:${port}, database ${database}, as ${user}`,
    host,
    port,
    user,
    password: decoded(parsed.password),
    database,
    tls: settledTls(parsed.searchParams, tls, host),
  }
}

function settledTls(
  parameters: URLSearchParams,
  tls: ConnectionOptions | undefined,
  host: string,
): ConnectionOptions | undefined {
  const stranger = [...parameters.keys()].find((name) => name !== MODE)
  if (stranger !== undefined) {
    throw storeInvalid(NOWHERE, `its URL says ${stranger}`, `nothing but ${MODE} may stand there`)
  }
  const mode = parameters.get(MODE)?.toUpperCase() ?? 'DISABLED'
  if (tls !== undefined && parameters.has(MODE)) {
    throw storeInvalid(NOWHERE, `TLS is settled for it, and its URL says ${MODE} besides`, 'say it once')
  }
  if (mode !== 'DISABLED' && !TLS_MODES.has(mode)) {
    throw storeInvalid(NOWHERE, `its URL says ${MODE}=${mode}`, 'say VERIFY_IDENTITY, or DISABLED')
  }
  if (tls === undefined && mode === 'DISABLED') return undefined
  return {
    ...(isIP(host) === 0 && { servername: host }),
    // It is handed a socket, and would not know whom it reaches.
    checkServerIdentity: (_host, certificate) => checkServerIdentity(host, certificate),
    ...tls,
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A percent sign that nobody encoded.
    return part
  }
}
