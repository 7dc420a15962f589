import type { Accepted, Resolution, RunRequest, Standing, StartRequest } from '@assent/contract'
import { accept } from './accept.ts'
import { command } from './command.ts'
import type { Context } from './context.ts'
import { awaitEnd, standingOf, sweptStatus } from './standing.ts'

export async function run(
  context: Context,
  request: RunRequest,
  waitMs: number | undefined,
): Promise<Standing> {
  return awaitEnd(context, await accept(context, 'run', request), waitMs)
}

/** Opens a transaction; repeated, it answers where the transaction stands. */
export async function start(context: Context, request: StartRequest): Promise<Accepted> {
  const { gid, status, repeated } = await accept(context, 'start', request)
  return { gid, status, repeated }
}

/** Repeated, it answers where the transaction stands, for as long as the gid is known. */
export async function submit(context: Context, gid: string, waitMs: number | undefined): Promise<Standing> {
  try {
    const { transaction, changed } = await command(context, gid, { type: 'submitted', allDone: false })
    return await awaitEnd(context, standingOf(transaction, !changed), waitMs)
  } catch (error) {
    const status = sweptStatus(error)
    if (status === undefined) throw error
    return { gid, status, repeated: true, swept: true }
  }
}

export async function abort(
  context: Context,
  gid: string,
  reason: string | undefined,
  waitMs: number | undefined,
): Promise<Standing> {
  const { transaction, changed } = await command(context, gid, { type: 'abort-requested', reason })
  return awaitEnd(context, standingOf(transaction, !changed), waitMs)
}

/** What waits is due at once, past a circuit breaker too. */
export async function retry(context: Context, gid: string, branchId: string | undefined): Promise<Accepted> {
  const { transaction, changed } = await command(context, gid, { type: 'retry-requested', branchId })
  return { gid, status: transaction.status, repeated: !changed }
}

/** An operator's word on a call that nobody answered. */
export async function resolve(context: Context, resolution: Resolution): Promise<Accepted> {
  const { gid, branchId, op, outcome, reason } = resolution
  const by = resolution.actor ?? 'operator'
  const { transaction, changed } = await command(context, gid, {
    type: 'reported',
    branchId,
    op,
    outcome,
    reason,
    by,
    resolution: true,
  })
  return { gid, status: transaction.status, repeated: !changed }
}
