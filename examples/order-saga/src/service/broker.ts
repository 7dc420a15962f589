import type { Broker } from 'assent'
import { kafkaBroker } from 'assent/kafka'
import type { Environment } from './environment.ts'

/** One that was killed is missed after so long, and its commands go to another process of its service: the least that brokers allow. */
const SESSION_TIMEOUT_MS = 6_000

/** The broker as a service of this name uses it. */
export function openBroker(name: string, { brokers }: Environment): Broker {
  return kafkaBroker({ brokers, clientId: name, sessionTimeoutMs: SESSION_TIMEOUT_MS })
}
