import {
  type AssentError,
  isAssentError,
  isEnded,
  type Json,
  type Standing,
  type Status,
} from '@assent/contract'
import type { Transaction } from '@assent/engine'
import { readState } from '../driving/state.ts'
import type { Durable } from '../waiting/waits.ts'
import { type Context, readRow } from './context.ts'
import { durableOf } from './read.ts'

/** Where a transaction stands, and how it came there. */
export function standingOf(transaction: Transaction, repeated: boolean): Standing {
  const standing: Standing = { gid: transaction.gid, status: transaction.status, repeated }
  if (transaction.failedBranch !== undefined) standing.failedBranch = transaction.failedBranch
  if (transaction.reason !== undefined) standing.reason = transaction.reason
  if (transaction.refusal !== undefined) standing.refusal = transaction.refusal
  if (transaction.status === 'COMMITTED') {
    const results: Record<string, Json> = {}
    let found = false
    for (const branch of transaction.branches) {
      if (branch.result === undefined) continue
      results[branch.request.branchId] = branch.result
      found = true
    }
    if (found) standing.results = results
  }
  return standing
}

/** The same after waiting for the end, for as long as the caller wants to. */
export async function awaitEnd(
  context: Context,
  standing: Standing,
  waitMs: number | undefined,
): Promise<Standing> {
  if (isEnded(standing.status) || waitMs === undefined || waitMs <= 0) return standing
  const { gid, repeated } = standing
  if (context.drivers.get(gid) === undefined) {
    // It may have ended between the command and now.
    const row = await readRow(context, gid)
    if (row !== undefined && isEnded(row.status)) return standingOf(readState(row), repeated)
  }
  const durable = (await context.waits.end(gid, waitMs)) ?? (await latest(context, gid))
  return durable === undefined ? standing : standingOf(durable.transaction, repeated)
}

/** Where it stands when the time is up, if the store can say so. */
async function latest(context: Context, gid: string): Promise<Durable | undefined> {
  try {
    return await durableOf(context, gid)
  } catch {
    return undefined
  }
}

/** The end of a swept transaction, from the error that says that it was swept. */
export function sweptStatus(error: unknown): Status | undefined {
  if (!isAssentError(error) || (error as AssentError).code !== 'TRANSACTION_NOT_FOUND') return undefined
  const details = error.details as { status?: Status } | undefined
  return details?.status
}
