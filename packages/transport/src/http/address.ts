import { ADDRESSES_KEPT } from './limits.ts'

/** A URL as a connection needs it. */
export interface Address {
  /** Scheme, host and port: what connections, limits and the circuit breaker belong to. */
  origin: string
  /** Path and query. */
  path: string
  /** From a URL with a user name; undefined without one. */
  authorization: string | undefined
}

/** Undefined for what is no http or https URL. */
export function readAddress(url: string): Address | undefined {
  const parsed = URL.parse(url)
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) return undefined
  const { origin, pathname, search, username, password } = parsed
  const authorization = username || password ? basicAuthorization(username, password) : undefined
  return { origin, path: pathname + search, authorization }
}

function basicAuthorization(username: string, password: string): string | undefined {
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return `Basic ${Buffer.from(credentials).toString('base64')}`
  } catch {
    // A stray % that no decoding explains stands for itself.
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  }
}

/** Reads addresses and remembers the latest: the same few URLs are called all the time. */
export function addressBook(): (url: string) => Address | undefined {
  const known = new Map<string, Address>()
  return (url) => {
    const kept = known.get(url)
    if (kept) return kept
    const address = readAddress(url)
    if (address === undefined) return undefined
    if (known.size >= ADDRESSES_KEPT) known.clear()
    known.set(url, address)
    return address
  }
}
