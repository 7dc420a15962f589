import { type Broker, BrokerUnavailable } from '@assent/contract'
import { ConfigurationError, type Values } from './configuration/index.ts'

/**
 * The broker that the configuration names; undefined where it names none. One that is away is no obstacle. Throws
 * ConfigurationError where the library is not installed.
 */
export async function configuredBroker(values: Values): Promise<Broker | undefined> {
  const brokers = values['kafka.brokers']
  if (brokers.length === 0) return undefined
  const { kafkaBroker } = await import('@assent/transport/kafka/broker')
  const broker = kafkaBroker({ brokers, clientId: values['kafka.client_id'] })
  try {
    await broker.ping()
  } catch (error) {
    if (!(error instanceof BrokerUnavailable)) {
      throw new ConfigurationError([`kafka.brokers can not be used: ${(error as Error).message}`], {
        cause: error,
      })
    }
  }
  return broker
}
