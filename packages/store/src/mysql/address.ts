import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'

/** Where the server is, as whom to speak to it, and how it is known to be the right one. */
export interface Address {
  /** `mysql://` or `mariadb://`, with the database that holds the tables. */
  url: string
  /** Makes all connections TLS; certificates and names are verified unless it says otherwise. */
  tls?: ConnectionOptions
}

/** The same for the driver. */
export interface Target {
  host: string
  port: number
  user: string
  password: string
  database: string
  tls: ConnectionOptions | undefined
}

const DEFAULT_PORT = 3306
const MODE = 'ssl-mode'
const PLAIN_MODES = new Set([null, 'DISABLED'])
/** The weaker of these other clients take as an encrypted connection to whoever answers. */
const TLS_MODES = new Set(['PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'])

/** Throws an Error whose message tells nothing of the password. */
export function targetOf({ url, tls }: Address): Target {
  const parsed = URL.parse(url)
  const database = parsed === null ? '' : decoded(parsed.pathname.slice(1))
  if (parsed === null || !/^(mysql|mariadb):$/.test(parsed.protocol) || database === '') {
    throw new Error('its URL is not of the form mysql://user:password@host:3306/database')
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '')
  return {
    host,
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    user: decoded(parsed.username),
    password: decoded(parsed.password),
    database,
    tls: tlsOf(parsed, host, tls),
  }
}

/** The server, database and account, for people. */
export function nameOf({ host, port, database, user }: Target): string {
  return `${host}:${port}/${database} as ${user}`
}

function tlsOf(
  { searchParams }: URL,
  host: string,
  given: ConnectionOptions | undefined,
): ConnectionOptions | undefined {
  const stranger = [...searchParams.keys()].find((key) => key !== MODE)
  if (stranger !== undefined)
    throw new Error(`its URL has a parameter ${stranger}, and only ${MODE} is known`)
  const mode = searchParams.get(MODE)?.toUpperCase() ?? null
  if (!PLAIN_MODES.has(mode) && !TLS_MODES.has(mode ?? '')) {
    throw new Error(`${MODE} in its URL must be DISABLED or VERIFY_IDENTITY`)
  }
  if (given !== undefined && mode === 'DISABLED') {
    throw new Error(`${MODE}=DISABLED in its URL contradicts the certificates that are named for it`)
  }
  if (given === undefined && PLAIN_MODES.has(mode)) return undefined
  return {
    ...(isIP(host) === 0 && { servername: host }),
    // The driver has a socket already, and TLS would not know whom it reaches.
    checkServerIdentity: (_host, certificate) => checkServerIdentity(host, certificate),
    ...given,
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A stray percent sign is one that nobody encoded.
    return part
  }
}
