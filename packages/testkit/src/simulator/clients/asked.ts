import type {
  Accepted,
  BranchAccepted,
  BranchRequest,
  BranchStanding,
  EndedAnswer,
  ErrorCode,
  Report,
  Resolution,
  RunRequest,
  Standing,
  StartRequest,
  TransactionView,
  TryAnswer,
} from '@assent/contract'

/** A request as a client sends it. */
export type Asked =
  | { what: 'start'; request: StartRequest & { gid: string } }
  | { what: 'run'; request: RunRequest & { gid: string; waitMs?: number } }
  | { what: 'add'; request: { gid: string; branch: BranchRequest } }
  | { what: 'try'; request: { gid: string; branch: BranchRequest } }
  | { what: 'confirm' | 'cancel'; request: { gid: string; branchId: string } }
  | { what: 'report'; request: Report }
  | { what: 'submit'; request: { gid: string; waitMs?: number } }
  | { what: 'abort'; request: { gid: string; reason?: string; waitMs?: number } }
  | { what: 'retry'; request: { gid: string; branchId?: string } }
  | { what: 'resolve'; request: Resolution }
  | { what: 'get'; request: { gid: string; waitMs?: number } }
  | { what: 'events'; request: { gid: string; after?: number } }
  | { what: 'list'; request: { limit: number; attention?: boolean } }
  | { what: 'ended'; request: { gids: readonly string[] } }

/** What a coordinator's promise resolved to, the code that it threw, or one state of an event stream. */
export type Told =
  | { kind: 'accepted'; value: Accepted }
  | { kind: 'standing'; value: Standing }
  | { kind: 'branch'; value: BranchAccepted }
  | { kind: 'tried'; value: TryAnswer }
  | { kind: 'decided'; value: BranchStanding }
  | { kind: 'view'; value: TransactionView }
  | { kind: 'views'; value: readonly TransactionView[] }
  | { kind: 'event'; version: number; value: TransactionView }
  | { kind: 'events-ended' }
  | { kind: 'ended'; value: EndedAnswer }
  | { kind: 'error'; code: ErrorCode | 'FAULT'; message: string; details?: unknown }
