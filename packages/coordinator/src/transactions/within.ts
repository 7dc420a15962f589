import { type Accepted, AssentError, invalidRequest, type RunRequest } from '@assent/contract'
import { columnsOf, type OpenTransaction, run } from '@assent/engine'
import { writeAccepted } from '../driving/state.ts'
import { acceptanceOf, requireSame } from './accept.ts'
import { type Context, requireAlive } from './context.ts'

/**
 * Writes a new transaction through a database transaction of the caller's, who ends that one. Nobody owns the row, so
 * that a lease which ends meanwhile changes nothing: once it is there whoever looks first claims it.
 *
 * How long that takes nobody knows, so the time of phase one runs from the first claim, and so does the first
 * incarnation's knowledge of what it has called. Throws INVALID_REQUEST, CONFLICT, PAYLOAD_TOO_LARGE,
 * STORE_UNAVAILABLE, and what the database transaction does.
 */
export async function startWithin(
  context: Context,
  request: RunRequest,
  within: OpenTransaction,
): Promise<Accepted> {
  requireAlive(context)
  const { store, incarnation } = context
  if (store.writeWithin === undefined) {
    const problem = `is not possible here: no application has transactions in a store of the kind ${store.kind}`
    throw invalidRequest([{ path: 'within', problem }])
  }
  const transaction = run(request, { ...acceptanceOf(context, 'run', request), deferred: true })
  const { gid, content, status } = transaction
  const write = {
    ...columnsOf(transaction, transaction.createdAt),
    expect: 0,
    writeId: incarnation.newWriteId(),
    owner: null,
    state: writeAccepted(transaction),
  }
  const answer = await store.writeWithin(within, write, incarnation.id)
  switch (answer.outcome) {
    case 'written':
      return { gid, status, repeated: false }
    case 'standing':
      requireSame(gid, content, answer)
      return { gid, status: answer.status, repeated: true }
    case 'invalid': {
      const problem = { path: '', problem: `can not be kept: ${answer.reason}` }
      throw new AssentError('INVALID_REQUEST', `the request ${problem.problem}`, [problem])
    }
  }
}
