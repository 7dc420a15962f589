import type { ConnectionOptions } from 'node:tls'
import { type Connections, DEFAULT_CONNECTIONS } from '../connections.ts'
import { escapedText } from '../escaped-text.ts'
import { storeInvalid } from './refusals.ts'

export interface RedisOptions {
  /**
   * `redis://user:password@host:6379/0`, or `rediss://` for TLS; `/0` is the number of the database. Several are
   * nodes of one Redis Cluster, which name the rest of it; nodes that no URL names are entered as the first.
   */
  url: string | readonly string[]
  /** What the names of all keys begin with, so that others may use the same server; `assent` when absent. */
  prefix?: string
  /**
   * Into how many parts the keys are split, each of which one node of a cluster holds. Settled when the store is
   * opened for the first time: 16 in a cluster and else 1, when absent.
   */
  slots?: number
  /** What the server may keep less than it acknowledged, by name; it is refused where another weakness is found. */
  acceptedWeaknesses?: readonly string[]
  /**
   * Asks after each write whether it is on the disk (WAITAOF, Redis 7.2), for a server that has `appendfsync everysec`
   * and may not be set otherwise: durable, and each write takes up to a second.
   */
  waitAof?: boolean
  /** Makes all connections TLS. */
  tls?: ConnectionOptions
  /**
   * One connection to each server carries everything, because Redis answers in the order of asking: only `lifeMs`
   * changes anything here.
   */
  connections?: Partial<Connections>
  /** How long a connection may take to be there, logged in; milliseconds. */
  connectTimeoutMs?: number
  /** How long an answer may take before the connection is given up; milliseconds. */
  commandTimeoutMs?: number
}

/** Where a server listens. */
export interface Address {
  host: string
  port: number
}

/** What every connection begins with. */
export interface Access {
  username?: string
  password?: string
  database: number
  tls?: ConnectionOptions
  /** Each write waits until it is on the disk. */
  waitAof: boolean
  connectTimeoutMs: number
  commandTimeoutMs: number
  lifeMs: number
}

/** The options, read and filled up. */
export interface Settings {
  addresses: readonly Address[]
  /** A server that a URL names is entered as that says, and all others as the first. */
  accessTo(address: Address): Access
  waitAof: boolean
  prefix: string
  slots: number | undefined
  acceptedWeaknesses: readonly string[]
}

const DEFAULT_PORT = 6379
const CONNECT_TIMEOUT_MS = 5_000
const COMMAND_TIMEOUT_MS = 5_000
/** Each listing asks all of them. */
const SLOTS_MAX = 1_024

/** Throws STORE_INVALID; no message repeats a password. */
export function settingsOf(options: RedisOptions): Settings {
  const { prefix = 'assent', slots, acceptedWeaknesses = [], waitAof = false } = options
  const urls = (typeof options.url === 'string' ? [options.url] : options.url).map(urlOf)
  const accesses = urls.map((url) => ({ name: wordsOf(addressOf(url)), access: accessOf(url, options) }))
  const [first] = accesses
  if (first === undefined) throw storeInvalid('Redis', 'no URL is given')
  // Braces say which part of a key's name decides the node that holds it.
  if (!/^[^{}]+$/.test(prefix) || escapedText(prefix) !== prefix) {
    throw storeInvalid('Redis', `the prefix ${JSON.stringify(prefix)} is empty, or holds a brace or worse`)
  }
  if (slots !== undefined && !(Number.isSafeInteger(slots) && slots >= 1 && slots <= SLOTS_MAX)) {
    throw storeInvalid('Redis', `slots is ${slots}, and must be a whole number from 1 to ${SLOTS_MAX}`)
  }
  return {
    addresses: urls.map(addressOf),
    accessTo: (address) => accesses.find(({ name }) => name === wordsOf(address))?.access ?? first.access,
    waitAof,
    prefix,
    slots,
    acceptedWeaknesses,
  }
}

export function wordsOf({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function urlOf(text: string): URL {
  const url = URL.parse(text)
  const isRedis = url?.protocol === 'redis:' || url?.protocol === 'rediss:'
  if (url !== null && isRedis && url.hostname !== '' && isEncoded(url.username + url.password)) return url
  throw storeInvalid(
    'Redis',
    'its URL can not be read',
    'it must be such as redis://user:password@host:6379/0, with special characters of a password percent-encoded',
  )
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function addressOf(url: URL): Address {
  return {
    host: url.hostname.replace(/^\[(.+)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
  }
}

function accessOf(url: URL, options: RedisOptions): Access {
  const { connections = {}, waitAof = false, tls } = options
  const database = Number(url.pathname.slice(1))
  if (!Number.isSafeInteger(database) || database < 0) {
    throw storeInvalid(
      wordsOf(addressOf(url)),
      'behind the address in its URL must be the number of a database',
    )
  }
  return {
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
    database,
    ...((tls !== undefined || url.protocol === 'rediss:') && { tls: tls ?? {} }),
    waitAof,
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    commandTimeoutMs: options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
    lifeMs: connections.lifeMs ?? DEFAULT_CONNECTIONS.lifeMs,
  }
}
