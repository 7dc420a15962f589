import type { Operation } from '@assent/contract'
import { RESULT_MISSING } from './body.ts'
import { MODE_ROWS } from './modes.ts'
import { mustFinish } from './settle-attention.ts'
import { isCommitReady } from './settle-commit.ts'
import { isPivotAsked, isReady } from './settle-phase-one.ts'
import { preparedDueAt } from './settle-prepared.ts'
import {
  type Branch,
  commitOperation,
  isCommitted,
  isInFlight,
  isPivotWithoutUndo,
  operationUrl,
  phaseOneOperation,
  type Transaction,
  undoOperation,
} from './transaction.ts'

/** A call that should start now; no branchId: the query. */
export interface DueCall {
  branchId?: string
  op: Operation
}

export interface Due {
  calls: readonly DueCall[]
  /** When to look again if nothing happens before (epoch milliseconds); null: not until something does. */
  wakeAt: number | null
}

const NOTHING: Due = { calls: [], wakeAt: null }

/** What should be called now, and when to look again. */
export function due(transaction: Transaction, now: number): Due {
  switch (transaction.status) {
    case 'COMMITTED':
    case 'ABORTED':
      return NOTHING
    case 'PREPARED':
      return MODE_ROWS[transaction.mode].query
        ? dueQuery(transaction, now)
        : { calls: [], wakeAt: preparedDueAt(transaction) }
    case 'SUBMITTED':
    case 'COMMITTING':
    case 'ABORTING':
      return dueBranches(transaction, now)
  }
}

function dueQuery(transaction: Transaction, now: number): Due {
  const { inquiry, options } = transaction
  const open = inquiry?.open
  const at = open?.dueAt ?? preparedDueAt(transaction)
  const asking = inquiry?.inFlight !== undefined
  if (!asking && at <= now) return { calls: [{ op: 'query' }], wakeAt: null }
  const attentionAt =
    open !== undefined && open.attention === undefined ? open.openedAt + options.attentionAfterMs : null
  return { calls: [], wakeAt: earliest(asking ? null : at, attentionAt) }
}

function dueBranches(transaction: Transaction, now: number): Due {
  const { branches, options } = transaction
  const waiting: Waiting[] = []
  let wakeAt =
    transaction.status === 'SUBMITTED' && !isPivotAsked(transaction) ? (transaction.deadline ?? null) : null
  let inFlight = 0
  for (let position = 0; position < branches.length; position++) {
    const branch = branches[position]
    if (branch === undefined) continue
    const open = branch.open
    if (open !== undefined && open.attention === undefined && mustFinish(transaction, position)) {
      wakeAt = earliest(wakeAt, open.openedAt + options.attentionAfterMs)
    }
    if (isInFlight(branch, now)) {
      inFlight++
      wakeAt = earliest(wakeAt, branch.inFlight?.until ?? null)
      continue
    }
    const op = nextOperation(transaction, branch)
    if (op === undefined) continue
    const at = open?.op === op ? open.dueAt : NEVER_CALLED
    if (at > now) wakeAt = earliest(wakeAt, at)
    else waiting.push({ branchId: branch.request.branchId, op, since: at })
  }
  return { calls: callable(waiting, options.parallelism - inFlight), wakeAt }
}

/** What was never called has waited longest of all. */
const NEVER_CALLED = 0

interface Waiting extends DueCall {
  /** Epoch milliseconds. */
  since: number
}

/** Those that may start: where not all can, what has waited longest, so that none waits for ever. */
function callable(waiting: readonly Waiting[], free: number): DueCall[] {
  const next = waiting.length > free ? waiting.toSorted((left, right) => left.since - right.since) : waiting
  return next.slice(0, Math.max(0, free)).map(({ branchId, op }) => ({ branchId, op }))
}

/** The call that a branch waits for, if what comes before it lets it. */
function nextOperation(transaction: Transaction, branch: Branch): Operation | undefined {
  const { branches, status } = transaction
  if (status === 'SUBMITTED') {
    const isOpen = branch.status === 'PREPARED' || branch.status === 'ONGOING'
    if (branch.follower || branch.drivenBy !== 'coordinator' || !isOpen) return undefined
    if (isPivotWithoutUndo(transaction, branch) && branch.recorded !== true) return undefined
    return isReady(branches, branch) ? phaseOneOperation(transaction, branch) : undefined
  }
  if (status === 'COMMITTING') {
    const op = commitOperation(transaction, branch)
    if (op === undefined || isCommitted(transaction, branch)) return undefined
    if (operationUrl(branch.request, op) === '') return undefined
    if (branch.open?.attention?.reason === RESULT_MISSING) return undefined
    return isCommitReady({ transaction, branches }, branch.after) ? op : undefined
  }
  return branch.told !== undefined && branch.status !== 'COMPENSATED' ? undoOperation(transaction) : undefined
}

function earliest(left: number | null, right: number | null): number | null {
  if (left === null) return right
  return right === null ? left : Math.min(left, right)
}
