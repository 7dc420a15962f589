/** Where a command goes, and what it asks for. */
export interface CommandAddress {
  topic: string
  commandType: string
}

/** What Kafka lets a topic be called. */
export const TOPIC_PATTERN = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/
/** What a type of commands may be called, so that it fits a URL as it is. */
export const COMMAND_TYPE_PATTERN = /^[A-Za-z0-9._-]{1,128}$/

const COMMAND_URL = /^kafka:([^/]+)\/([^/]+)$/i

const BROKER_ADDRESS = /^(?:kafka:\/\/)?((?:\[[0-9a-fA-F:]+\]|[^\s:/]+):(\d{1,5}))$/
const PORT_MAX = 65_535

/** The `host:port` of a broker, which may be written as `kafka://host:port`; undefined for what is none. */
export function readBrokerAddress(text: string): string | undefined {
  const [, address, port] = BROKER_ADDRESS.exec(text) ?? []
  return Number(port) > PORT_MAX ? undefined : address
}

/** The URL of an operation that a service does on command: `kafka:payment-service-commands/ProcessPayment`. */
export function commandUrl({ topic, commandType }: CommandAddress): string {
  return `kafka:${topic}/${commandType}`
}

/** Undefined for what is no such URL. */
export function readCommandUrl(url: string): CommandAddress | undefined {
  const [, topic = '', commandType = ''] = COMMAND_URL.exec(url) ?? []
  if (!TOPIC_PATTERN.test(topic) || !COMMAND_TYPE_PATTERN.test(commandType)) return undefined
  return { topic, commandType }
}
