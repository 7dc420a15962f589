import {
  AssentError,
  type BranchAccepted,
  type BranchRequest,
  type BranchStanding,
  type BranchStatus,
  isEnded,
  type Operation,
  type Report,
  type TryAnswer,
} from '@assent/contract'
import {
  type Answered,
  add,
  type Branch,
  callTimeoutMs,
  commitOperation,
  phaseOneOperation,
  type Transaction,
  undoOperation,
} from '@assent/engine'
import type { Caller, Kept } from '../driving/caller.ts'
import { NEVER_RAISED } from '../driving/cancellation.ts'
import { storeUnavailable } from '../writing/single-write.ts'
import { type Commanded, change, command } from './command.ts'
import { canonicalJson } from './content.ts'
import { type Context, requireAlive } from './context.ts'
import { durableOf } from './read.ts'

function branchOf(transaction: Transaction, branchId: string): Branch {
  const branch = transaction.branches.find((candidate) => candidate.request.branchId === branchId)
  if (branch !== undefined) return branch
  throw new AssentError('BRANCH_NOT_FOUND', `no branch ${branchId} in ${transaction.gid}`, {
    gid: transaction.gid,
    branch_id: branchId,
  })
}

function contentOf(context: Context, branch: BranchRequest): string {
  return context.identity.hash(canonicalJson(branch))
}

export async function addBranch(
  context: Context,
  gid: string,
  branch: BranchRequest,
): Promise<BranchAccepted> {
  const content = contentOf(context, branch)
  const { rules } = context
  const { transaction, changed } = await change(context, gid, (before, now) =>
    add(before, { branch, content, tried: false, rules }, now),
  )
  const { status } = branchOf(transaction, branch.branchId)
  return { gid, branchId: branch.branchId, status, repeated: !changed }
}

/**
 * Registers a branch durably as driven by the application, together with the call that follows, and makes the
 * call once. What it answered is durable before it is told.
 */
export async function tryBranch(
  context: Context,
  caller: Caller,
  gid: string,
  branch: BranchRequest,
): Promise<TryAnswer> {
  const { branchId } = branch
  const content = contentOf(context, branch)
  const { rules } = context
  const { transaction, changed } = await change(context, gid, (before, now) => {
    const added = add(before, { branch, content, tried: true, rules }, now)
    const known = branchOf(added, branchId)
    const op = phaseOneOperation(added, known)
    const isOpen = known.status === 'PREPARED' || known.status === 'ONGOING'
    if (added.status !== 'PREPARED' || !isOpen || op === undefined) return added
    const until = now + callTimeoutMs(added, known)
    return context.engine.advance(added, { type: 'called', calls: [{ branchId, op, until }] }, now)
      .transaction
  })
  const registered = branchOf(transaction, branchId)
  const op = phaseOneOperation(transaction, registered)
  // A deadline that had passed was found instead: the abort is decided, and nothing is called any more.
  if (!changed || op === undefined || transaction.status !== 'PREPARED') return answerOf(registered)
  const leftMs = requireTime(context, registered)
  const { answered, kept } = await callOnce(context, caller, transaction, { branchId, op, leftMs })
  const recording = record(context, gid, answered)
  recording.then(
    () => kept?.(true),
    () => kept?.(false),
  )
  const after = await recording
  return answerOf(branchOf(after.transaction, branchId), answered)
}

/**
 * How long the call of a try may take still, in milliseconds: by the end of it an undo may start. Keeping the
 * registration may have taken all of that, or longer than the lease: no call starts then, and whoever asked may
 * ask again.
 */
function requireTime(context: Context, registered: Branch): number {
  requireAlive(context)
  const leftMs = (registered.inFlight?.until ?? 0) - context.time.now()
  if (leftMs > 0) return leftMs
  throw storeUnavailable(new Error('the store took as long as the call may take'))
}

function callOnce(
  context: Context,
  caller: Caller,
  transaction: Transaction,
  { branchId, op, leftMs }: { branchId: string; op: Operation; leftMs: number },
): Promise<{ answered: Answered; kept: Kept | undefined }> {
  const whole = context.engine.callOf(transaction, branchId, op)
  const call = { ...whole, timeoutMs: Math.min(whole.timeoutMs, leftMs) }
  return new Promise((resolve) => {
    caller.call(call, NEVER_RAISED, (answer, kept) => {
      if (!('kind' in answer)) {
        resolve({ answered: answer, kept })
        return
      }
      // The caller is told; it may try again, and the coordinator will once it is submitted.
      const { attempt } = call
      const error = `not called: ${answer.reason}`
      const at = context.time.now()
      const answered: Answered = { branchId, op, attempt, at, durationMs: 0, outcome: 'unknown', error }
      resolve({ answered, kept: undefined })
    })
  })
}

function record(context: Context, gid: string, answered: Answered): Promise<Commanded> {
  return command(context, gid, { type: 'answered', ...answered })
}

/** A refusal is thrown, with the participant's own words. */
function answerOf(branch: Branch, answered?: Answered): TryAnswer {
  const status: BranchStatus = branch.status
  if (status === 'FAILED' || answered?.outcome === 'refused') {
    const refusal = branch.refusal ?? answered?.refusal ?? {}
    throw new AssentError(
      'BRANCH_REFUSED',
      refusal.message ?? `branch ${branch.request.branchId} was refused`,
      { branch_id: branch.request.branchId, status, refusal },
    )
  }
  if (status === 'SUCCEED' || status === 'CONFIRMED') {
    return { outcome: 'done', status, ...(branch.result === undefined ? {} : { result: branch.result }) }
  }
  return { outcome: answered?.outcome === 'ongoing' ? 'ongoing' : 'unknown', status }
}

/** How a branch ended, by the word of the participant or the application. */
export async function reportBranch(context: Context, report: Report): Promise<BranchAccepted> {
  const { gid, branchId, op, outcome, result, reason } = report
  const by = report.actor ?? 'application'
  const { transaction, changed } = await command(context, gid, {
    type: 'reported',
    branchId,
    op,
    outcome,
    result,
    reason,
    by,
    resolution: false,
  })
  return { gid, branchId, status: branchOf(transaction, branchId).status, repeated: !changed }
}

/**
 * The decision about the whole that `confirm` and `cancel` of one branch ask for, and then this branch's own
 * call: the answer waits for it as long as one call may take.
 */
export async function decideByBranch(
  context: Context,
  gid: string,
  branchId: string,
  decision: 'confirm' | 'cancel',
): Promise<BranchStanding> {
  branchOf((await durableOf(context, gid)).transaction, branchId)
  const { transaction } = await command(
    context,
    gid,
    decision === 'confirm' ? { type: 'submitted', allDone: true } : { type: 'abort-requested' },
  )
  const op =
    decision === 'confirm'
      ? commitOperation(transaction, branchOf(transaction, branchId))
      : undoOperation(transaction)
  if (op === undefined) return branchStanding(transaction, branchId, undefined)
  const settled = await untilAnswered(context, transaction, branchId, op)
  return branchStanding(settled, branchId, op)
}

function branchStanding(transaction: Transaction, branchId: string, op: Branch['op']): BranchStanding {
  const branch = branchOf(transaction, branchId)
  const standing: BranchStanding = {
    gid: transaction.gid,
    branchId,
    status: transaction.status,
    branchStatus: branch.status,
    open: !isEnded(transaction.status) && op !== undefined && !hasFinished(branch),
  }
  if (branch.op !== undefined) standing.op = branch.op
  if (branch.result !== undefined) standing.result = branch.result
  return standing
}

function hasFinished(branch: Branch): boolean {
  return branch.status === 'CONFIRMED' || branch.status === 'COMPENSATED'
}

/** The first durable state in which the branch's call has been answered, whatever the answer. */
function untilAnswered(
  context: Context,
  transaction: Transaction,
  branchId: string,
  op: NonNullable<Branch['op']>,
): Promise<Transaction> {
  const isAnswered = (state: Transaction): boolean => {
    const branch = branchOf(state, branchId)
    return (
      isEnded(state.status) || hasFinished(branch) || branch.attempts.some((attempt) => attempt.op === op)
    )
  }
  if (isAnswered(transaction)) return Promise.resolve(transaction)
  const waitMs = callTimeoutMs(transaction, branchOf(transaction, branchId))
  let latest = transaction
  return context.waits
    .until(transaction.gid, waitMs, (durable) => {
      latest = durable.transaction
      return isAnswered(latest)
    })
    .then(() => latest)
}
