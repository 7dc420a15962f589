import type { ConnectionOptions } from 'node:tls'
import { readBrokerAddress } from '@assent/contract'
import { CONNECT_TIMEOUT_MS, METADATA_MAX_AGE_MS } from './limits.ts'

export interface KafkaBrokerOptions {
  /** Brokers to begin with, `host:port`, as a list or separated by commas; they tell of all others. */
  brokers: string | readonly string[]
  /** The name that brokers log: `assent` by default. */
  clientId?: string
  /** How long `send` tries before it throws BrokerUnavailable: 5 s by default. */
  sendTimeoutMs?: number
  /** How long a message may be, as the topics allow it: 1 MiB by default. */
  messageMaxBytes?: number
  /** How long a member of a group may be silent before others get its partitions: 10 s by default, 6 s at least. */
  sessionTimeoutMs?: number
  /** How often a group looks whether its topics have more partitions: each minute by default. */
  topicsLookMs?: number
  /** For brokers that are spoken to over TLS; `{}` with the system's authorities. */
  tls?: ConnectionOptions
  sasl?: { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string }
}

/** What every client of the library is told. */
export function connectionOptions({ brokers, clientId = 'assent', tls, sasl }: KafkaBrokerOptions) {
  return {
    clientId,
    bootstrapBrokers: [...readBrokers(brokers)],
    connectTimeout: CONNECT_TIMEOUT_MS,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    // A topic that a typing error made would be worse than one that is missing.
    autocreateTopics: false,
    ...(tls && { tls }),
    ...(sasl && { sasl }),
  }
}

/** Throws TypeError for what is no list of `host:port`. */
export function readBrokers(brokers: string | readonly string[]): readonly string[] {
  const listed = (typeof brokers === 'string' ? brokers.split(',') : brokers).map((broker) => broker.trim())
  const addresses = listed.filter((broker) => broker !== '').map(mustBeAddress)
  if (addresses.length === 0) throw new TypeError('a broker needs one address at least, as host:port')
  return addresses
}

function mustBeAddress(broker: string): string {
  const address = readBrokerAddress(broker)
  if (address === undefined) throw new TypeError(`${broker} is no broker; write it as host:port`)
  return address
}
