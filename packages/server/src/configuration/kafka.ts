import { readBrokerAddress, TOPIC_PATTERN } from '@assent/contract'
import { type Kind, parts, shown, Unreadable } from './kinds.ts'

/** Addresses of a cluster: in the file a list, elsewhere with commas. */
export function brokers(): Kind<readonly string[]> {
  return {
    means: 'a list of host:port, with commas outside of the file',
    initial: [],
    read(given) {
      return Object.freeze(parts(given, 'brokers').map(broker))
    },
    show: (value) => value.join(', '),
  }
}

function broker(part: string): string {
  const address = readBrokerAddress(part)
  if (address !== undefined) return address
  throw new Unreadable(`must be a list of brokers such as kafka-1:9092, and holds ${shown(part)}`)
}

export function topic(initial: string): Kind<string> {
  return {
    means: 'a topic of Kafka',
    initial,
    read(given) {
      const read = String(given).trim()
      if (TOPIC_PATTERN.test(read)) return read
      throw new Unreadable(`must be 1 to 249 of A-Z a-z 0-9 . _ - and is ${shown(given)}`)
    },
    show: (value) => value,
  }
}

/** `kafka:TOPIC`, as a list of origins may hold it: whatever is commanded in that topic. */
export function isTopicOrigin(origin: string): boolean {
  return origin.startsWith('kafka:') && TOPIC_PATTERN.test(origin.slice('kafka:'.length))
}
