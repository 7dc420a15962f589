import { invalidRequest } from '@assent/contract'
import type { OpenTransaction } from '@assent/coordinator'
import { sessionOf, sqliteSessionOf } from '@assent/participant'

/**
 * A database transaction that the caller has open, as `startWithin` takes it, told by its shape. Throws AssentError
 * INVALID_REQUEST for what is none.
 */
export function openTransactionOf(transaction: unknown): OpenTransaction {
  if (isKnownIdle(transaction)) {
    const problem = 'is a client without an open transaction: begin one, and commit it afterwards'
    throw invalidRequest([{ path: 'within', problem }])
  }
  const found = sqliteSessionOf(transaction) ?? sessionOf(transaction)
  if (found !== undefined) return found
  const problem =
    'is no open database transaction of a library that is known here: give the client, connection or transaction itself, not its pool'
  throw invalidRequest([{ path: 'within', problem }])
}

/** A client of `pg` says so since its version 8.17; other libraries don't. */
function isKnownIdle(transaction: unknown): boolean {
  const { getTransactionStatus } = (transaction ?? {}) as { getTransactionStatus?: () => unknown }
  return typeof getTransactionStatus === 'function' && getTransactionStatus.call(transaction) === 'I'
}
