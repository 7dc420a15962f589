import { CALL_BODY_MAX_BYTES } from './answer-call.ts'
import type { ReadHeader } from './headers.ts'
import { notVerified, type Reply, tooLarge } from './reply.ts'
import { type Verification, verifier } from './verification.ts'

/** A call as it came in over HTTP, whatever framework brought it. */
export interface Received {
  method: string
  /** Path and query, as the caller sent them. */
  target: string
  header: ReadHeader
  /** The names of all headers, in lower case. */
  headerNames: Iterable<string>
  /** As it was sent, '' for none; undefined for one that is larger than it may be. */
  body: string | undefined
  /** Fires when the caller goes away. */
  signal: AbortSignal
}

/** A call whose body is there, and whose signature was verified where that is asked for. */
export interface Admitted extends Received {
  body: string
}

export interface HandlerOptions {
  /** Admits only calls that are signed with one of these secrets; any call when absent. */
  verified?: Verification
}

/** Puts before what answers calls whatever keeps them out. Throws TypeError for secrets that are none. */
export function admitting(
  answer: (admitted: Admitted) => Promise<Reply>,
  { verified }: HandlerOptions,
): (received: Received) => Promise<Reply> {
  const verify = verified && verifier(verified)
  return async ({ body, ...received }) => {
    if (body === undefined) return tooLarge(CALL_BODY_MAX_BYTES)
    const admitted = { ...received, body }
    const problem = await verify?.(admitted)
    return problem === undefined ? answer(admitted) : notVerified(problem)
  }
}
