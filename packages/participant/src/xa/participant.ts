import type { Returned } from '../barrier/barrier.ts'
import type { Participant, Work } from '../http/answer-call.ts'
import type { XaResource } from './xa.ts'

/**
 * A participant in mode xa, for the handlers: the service writes what it prepares, and committing and rolling
 * back are the database's own.
 *
 *     createServer(nodeHandler(xaParticipant(accounts, ({ payload, database }) => withdraw(database, payload))))
 */
export function xaParticipant<Connection>(
  resource: XaResource<Connection>,
  prepare: (work: Work<Connection>) => Returned | Promise<Returned>,
): Participant<Connection> {
  return { barrier: resource, operations: { prepare, commit: nothing, rollback: nothing } }
}

function nothing(): void {}
