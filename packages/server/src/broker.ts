import { readFileSync } from 'node:fs'
import { type Broker, BrokerUnavailable } from '@assent/contract'
import type { KafkaBrokerOptions } from '@assent/transport/kafka/broker'
import { ConfigurationError, type Values } from './configuration/index.ts'

/**
 * The broker that the configuration names; undefined where it names none. One that is away is no obstacle. Throws
 * ConfigurationError, also where the library is not installed.
 */
export async function configuredBroker(values: Values): Promise<Broker | undefined> {
  if (values['kafka.brokers'].length === 0) return undefined
  const { kafkaBroker } = await import('@assent/transport/kafka/broker')
  const broker = kafkaBroker(brokerOptions(values))
  try {
    await broker.ping()
  } catch (error) {
    if (!(error instanceof BrokerUnavailable)) throw unusable('kafka.brokers can not be used', error)
  }
  return broker
}

/** Throws ConfigurationError. */
export function brokerOptions(values: Values): KafkaBrokerOptions {
  const options = { brokers: values['kafka.brokers'], clientId: values['kafka.client_id'] }
  return { ...options, ...tlsOptions(values), ...saslOptions(values) }
}

function tlsOptions(values: Values): Pick<KafkaBrokerOptions, 'tls'> {
  const file = values['kafka.tls_ca_file']
  if (file === '') return values['kafka.tls'] ? { tls: {} } : {}
  try {
    return { tls: { ca: readFileSync(file) } }
  } catch (error) {
    throw unusable('kafka.tls_ca_file can not be read', error)
  }
}

/** As Kafka writes them. */
const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const

function saslOptions(values: Values): Pick<KafkaBrokerOptions, 'sasl'> {
  const mechanism = values['kafka.sasl_mechanism']
  if (mechanism === 'none') return {}
  const [username, password] = [values['kafka.sasl_username'], values['kafka.sasl_password']]
  const missing = username === '' ? 'kafka.sasl_username' : 'kafka.sasl_password'
  if (username === '' || password === '') {
    throw new ConfigurationError([`${missing} is missing, which kafka.sasl_mechanism needs`])
  }
  return { sasl: { mechanism: MECHANISMS[mechanism], username, password } }
}

function unusable(what: string, cause: unknown): ConfigurationError {
  return new ConfigurationError([`${what}: ${(cause as Error).message}`], { cause })
}
