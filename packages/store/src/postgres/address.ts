import type { ConnectionOptions } from 'node:tls'
import pg, { type ClientConfig } from 'pg'
import { storeInvalid } from './refusals.ts'
import { wordsOf } from './words.ts'

/** Where the server is and how to get there, read. */
export interface Address {
  /** For people: server, database and account, without the password. */
  where: string
  config: Pick<ClientConfig, 'connectionString' | 'ssl'>
}

/** Modes that other clients take as an encrypted connection to whoever answers, or as one that need not be. */
const MODES_TO_VERIFY = new Set(['prefer', 'require', 'verify-ca'])
/** What the URL may say of TLS besides that it is used, and that certificates are verified. */
const TLS_PARAMETERS = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat']
const NOWHERE = 'PostgreSQL'

/** Throws STORE_INVALID, which repeats no password. */
export function addressOf(url: string, tls: ConnectionOptions | undefined): Address {
  const parsed = URL.parse(url)
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw storeInvalid(
      NOWHERE,
      'its URL can not be read',
      'it must be such as postgres://user:password@host:5432/database, with special characters of a password percent-encoded',
    )
  }
  if (tls === undefined) verifyAlways(parsed.searchParams)
  else saidOnce(parsed.searchParams)
  const config = { connectionString: parsed.href, ...(tls !== undefined && { ssl: { ...tls } }) }
  return { where: whereOf(config), config }
}

/**
 * Certificates are verified, and names with them, unless the URL says `sslmode=no-verify`, or asks for the weaker
 * meanings of other clients with `uselibpqcompat=true`. The driver does so too, with a warning that it may not always.
 */
function verifyAlways(parameters: URLSearchParams): void {
  if (parameters.get('uselibpqcompat') === 'true') return
  if (MODES_TO_VERIFY.has(parameters.get('sslmode') ?? '')) parameters.set('sslmode', 'verify-full')
}

/** Where the URL only asks for what is settled anyway it is left out, because the driver believes the URL. */
function saidOnce(parameters: URLSearchParams): void {
  const mode = parameters.get('sslmode') ?? ''
  if (mode === 'verify-full' || MODES_TO_VERIFY.has(mode)) parameters.delete('sslmode')
  const other = TLS_PARAMETERS.find((name) => parameters.has(name))
  if (other === undefined) return
  throw storeInvalid(
    NOWHERE,
    `TLS is settled for it, and its URL says ${other}=${parameters.get(other)} besides`,
    'say it once',
  )
}

function whereOf(config: ClientConfig): string {
  try {
    // Reads the files of certificates that the URL names, as each connection will.
    const { host, port, database, user } = new pg.Client(config)
    return `PostgreSQL at ${host}:${port}, database ${database}, as ${user}`
  } catch (cause) {
    throw storeInvalid(NOWHERE, wordsOf(cause), 'correct its URL, or the files that it names', cause)
  }
}
