import { DEFAULT_OPTIONS, type Options } from '@assent/contract'

/** How a coordinator behaves. Times are milliseconds. */
export interface CoordinatorSettings {
  /** What a transaction gets that doesn't say otherwise. */
  options: Options
  /** After how long without a heartbeat others may take over what this process drives. */
  leaseMs: number
  /** How often orphaned and due transactions are looked for. */
  claimIntervalMs: number
  /** How often what this process owns in the store is held against what it drives. */
  auditIntervalMs: number
  /** Transactions that are driven at once; more wait in the store. */
  drivenMax: number
  /** A transaction whose next step is further off than this leaves memory. */
  parkAfterMs: number
  /** How long an ended transaction can be read before only its tombstone is left. */
  retentionMs: number
  /** How long a gid stays known after that; longer than any participant keeps its barrier rows. */
  tombstoneMs: number
  /** How long a graceful stop waits for calls in flight. */
  stopGraceMs: number
  /** Whose functions this process can call; '' is nobody's. */
  application: string
  /** Whether branches may name this URL. */
  allows(url: string): boolean
}

const DAY_MS = 86_400_000

export const DEFAULT_SETTINGS: CoordinatorSettings = Object.freeze({
  options: DEFAULT_OPTIONS,
  leaseMs: 10_000,
  claimIntervalMs: 500,
  auditIntervalMs: 60_000,
  drivenMax: 20_000,
  parkAfterMs: 5_000,
  retentionMs: 7 * DAY_MS,
  tombstoneMs: 60 * DAY_MS,
  stopGraceMs: 5_000,
  application: '',
  allows: () => true,
})
