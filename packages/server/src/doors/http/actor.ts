import { invalidRequest } from '@assent/contract'
import type { FastifyRequest } from 'fastify'
import { ACTOR_MAX_LENGTH } from './limits.ts'

/** Says who asks; what the audit and the history show. A claim, as long as nobody has to prove it. */
export const ACTOR_HEADER = 'assent-actor'

const ACTOR = new RegExp(`^[\\x20-\\x7e]{1,${ACTOR_MAX_LENGTH}}$`)

/** Who asks: whom the request names, or else the address it comes from. */
export function actorOf(request: FastifyRequest): string {
  const named = request.headers[ACTOR_HEADER]
  if (named === undefined) return request.raw.socket.remoteAddress ?? 'unknown'
  if (typeof named === 'string' && ACTOR.test(named)) return named
  throw invalidRequest([
    {
      path: `headers.${ACTOR_HEADER}`,
      problem: `must be 1 to ${ACTOR_MAX_LENGTH} characters of visible ASCII`,
    },
  ])
}
