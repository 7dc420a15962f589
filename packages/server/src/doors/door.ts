import type { TransactionApi } from '@assent/contract'
import type { Logger } from 'pino'

/** How the store answered when it was asked just now. */
export interface StoreHealth {
  /** `memory`, `sqlite` … */
  kind: string
  healthy: boolean
  /** Why it is not, for people. */
  reason?: string
  /** How long it took to answer, or to be given up. */
  latencyMs: number
  /** Durability given up by someone who switched it on by name. */
  weaknesses: readonly string[]
}

/** How the message broker answered when it was asked just now. */
export interface BrokerHealth extends Pick<StoreHealth, 'healthy' | 'reason' | 'latencyMs'> {
  kind: 'kafka'
}

/** What stands behind a door; a door knows nothing else of the server. */
export interface Behind {
  api: TransactionApi
  /** Really asks the store; answers, healthy or not, within its own limit. */
  health(): Promise<StoreHealth>
  /** Really asks the broker, likewise; absent where none is configured. */
  broker?(): Promise<BrokerHealth>
  /** Whether new work would be taken as far as the coordinator goes: its store is open, and it holds a lease. */
  atWork(): boolean
  /** Prometheus text. */
  metrics(): Promise<string>
  /** Told once for each answer. */
  answered(route: string, status: number): void
  log: Logger
  /** The version of Assent. */
  version: string
}

/** A way in. Neighbouring doors look alike. */
export interface Door {
  /** Listens, and resolves with where. Rejects with the system's error, such as EADDRINUSE. */
  open(): Promise<{ url: string }>
  /** Takes no new connections, and lets what is under way end; resolves when all has ended. */
  close(): Promise<void>
  /** Cuts off whatever is still under way. */
  cut(): void
}
