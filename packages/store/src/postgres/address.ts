import pg from 'pg'

/** Where the server is, as whom to speak to it, and how it is known to be the right one. */
export interface Address {
  url: string
  /** A file with the certificates (PEM) of those who may vouch for the server; makes the connection TLS. */
  tlsCaFile?: string
}

/** Modes that other clients take as an encrypted connection to whoever answers, or as one that need not be. */
const MODES_TO_VERIFY = new Set(['prefer', 'require', 'verify-ca'])

/**
 * What the driver understands, with certificates always verified unless the URL says `sslmode=no-verify` or asks for
 * the weaker meanings by `uselibpqcompat=true`. Throws an Error whose message tells nothing of the password.
 */
export function connectionString({ url, tlsCaFile }: Address): string {
  const parsed = URL.parse(url)
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new Error('its URL is not of the form postgres://user:password@host:5432/database')
  }
  const { searchParams } = parsed
  const mode = searchParams.get('sslmode')
  if (tlsCaFile !== undefined) {
    if (mode === 'disable' || mode === 'no-verify') {
      throw new Error(`sslmode=${mode} in its URL contradicts the file of certificates ${tlsCaFile}`)
    }
    searchParams.set('sslrootcert', tlsCaFile)
    if (mode === null) searchParams.set('sslmode', 'verify-full')
  }
  if (mode !== null && MODES_TO_VERIFY.has(mode) && searchParams.get('uselibpqcompat') !== 'true') {
    searchParams.set('sslmode', 'verify-full')
  }
  return parsed.href
}

/** The server, database and account, for people; throws what makes them unusable, such as a file that is missing. */
export function nameOf(address: Address): string {
  const { host, port, database, user } = new pg.Client({ connectionString: connectionString(address) })
  return `${host}:${port}/${database} as ${user}`
}
