import { BarrierUnavailable } from '../barrier.ts'

/** With these a server refuses a script before it does anything, and may not do so later. */
const REFUSED =
  /^(?:OOM|READONLY|MISCONF|NOREPLICAS|LOADING|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|BUSY|MOVED|ASK)\b/
/** What a server adds to an error that came out of a script under way. */
const UNDER_WAY = / script: [0-9a-f]{40}, on /

/** What node-redis and ioredis say of a command that never left, where they keep none for later. */
const NOT_SENT = /^(?:The client is (?:offline|closed)$|Stream isn't writeable)/

/**
 * Some writes of a business were made before one failed, and Redis takes nothing back. The row is kept as
 * ongoing, so that nothing is done twice or taken for undone: set the data right by hand, then `complete()`
 * the call. Every call of the branch gets this error until then.
 */
export class HalfDone extends Error {
  override readonly name = 'HalfDone'
}

/** What to throw for what a client threw. */
export function explained(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown
  const { message } = thrown
  if (message.startsWith('CROSSSLOT')) {
    return new Error(
      'the keys of a call and the rows of its barrier must lie in one slot of a cluster: name them with the tag of ' +
        `the barrier between braces (${message})`,
      { cause: thrown },
    )
  }
  if (REFUSED.test(message) && !UNDER_WAY.test(message)) {
    return new BarrierUnavailable(`Redis answers: ${message}`, { cause: thrown })
  }
  if (NOT_SENT.test(message)) {
    return new BarrierUnavailable(`Redis is away: ${message}`, { cause: thrown })
  }
  return thrown
}
