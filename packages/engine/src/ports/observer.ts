import type { Mode, Operation, Outcome, Status } from '@assent/contract'

/** What the coordinator reports; the server makes metrics, logs and spans of it. */
export type Observation =
  | { kind: 'accepted'; gid: string; mode: Mode; name: string }
  | {
      kind: 'decided'
      gid: string
      mode: Mode
      name: string
      decision: 'commit' | 'abort'
      afterMs: number
      reason?: string
    }
  | { kind: 'ended'; gid: string; mode: Mode; name: string; status: Status; afterMs: number }
  | {
      kind: 'attempt'
      gid: string
      branchId?: string
      op: Operation
      attempt: number
      scheme: string
      outcome: Outcome
      durationMs: number
      status?: number | string
      error?: string
    }
  | { kind: 'held'; gid: string; branchId?: string; op: Operation; reason: string }
  | { kind: 'attention'; gid: string; branchId?: string; op: Operation; reason: string }
  | { kind: 'commit'; rows: number; durationMs: number; conflicts: number }
  | { kind: 'store-failed'; what: string; certain: boolean; error: string }
  | { kind: 'claimed'; transactions: number }
  | { kind: 'incarnation'; incarnation: string; reason: 'start' | 'lease-lost' }
  | { kind: 'ownership-lost'; gid: string }
  /** A transaction that this process owned and did not drive; the audit found it, and now it does. */
  | { kind: 'left-undriven'; gid: string }
  | { kind: 'row-went-back'; gid: string; found: number; acknowledged: number }
  | { kind: 'command'; command: string; gid: string; actor: string; result: string }
  | { kind: 'swept'; swept: number; forgotten: number }
  /** A message that nobody can deal with was put aside, from where it stood in `topic`. */
  | {
      kind: 'dead-letter'
      topic: string
      partition: number
      offset: string
      reason: string
      deadLetters: string
    }
  /** A reply that nobody here waits for and that changes nothing. */
  | { kind: 'reply-passed-over'; gid: string; reason: 'undecided' | 'unknown-transaction' }
  /** Replies can not be received, or not be kept; they wait in the broker, and come again. */
  | { kind: 'replies-stalled'; topic: string; partition?: number; offset?: string; error: string }
  /** A fault of ours that was survived. */
  | { kind: 'fault'; what: string; error: string }

export interface Observer {
  /** Must not throw, and must be quick: it runs inside the drive loop. */
  observe(observation: Observation): void
}
