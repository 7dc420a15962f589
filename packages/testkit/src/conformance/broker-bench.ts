import type { Broker, SubscribeOptions } from '@assent/contract'

/** A message broker, ready to be used, that can be taken away. */
export interface BrokerBench {
  /** A client of the broker, as each process has one of its own; closed with the bench. */
  connect(): Broker
  /** Nobody is answered any more. */
  goAway(): Promise<void>
  comeBack(): Promise<void>
  /** How long `send` may take while the broker is away, in milliseconds. */
  sendTimeoutMs: number
  /** How long the value of a message may be at least; at twice that it is too long. */
  messageMaxBytes: number
  close(): Promise<void>
}

/** What the suite asks of a message broker. */
export interface BrokerPromise {
  title: string
  hold(bench: BrokerBench): Promise<void>
}

/** What a subscription of the suite is like, where it matters. */
export type Subscribing = Partial<SubscribeOptions>
