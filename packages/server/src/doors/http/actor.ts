import { AssentError } from '@assent/contract'
import type { FastifyRequest } from 'fastify'
import { ACTOR_MAX_LENGTH } from './limits.ts'

/** Says who asks, for the audit and the history. A claim, as long as nobody has to prove it. */
export const ACTOR_HEADER = 'assent-actor'

const ACTOR = new RegExp(`^[\\x20-\\x7e]{1,${ACTOR_MAX_LENGTH}}$`)

/**
 * Who asks: the address that the request comes from, behind the name that it claims, if any: `alice@10.0.0.7`.
 * Throws INVALID_REQUEST for a name that no log could show.
 */
export function actorOf(request: FastifyRequest): string {
  const named = request.headers[ACTOR_HEADER]
  const address = request.raw.socket.remoteAddress ?? 'unknown'
  if (named === undefined) return address
  if (typeof named === 'string' && ACTOR.test(named)) return `${named}@${address}`
  const problem = `must be 1 to ${ACTOR_MAX_LENGTH} characters of visible ASCII`
  const message = `the header ${ACTOR_HEADER} ${problem}`
  throw new AssentError('INVALID_REQUEST', message, [{ path: ACTOR_HEADER, problem }])
}
