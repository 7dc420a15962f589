import type { StoreHealth } from './doors/door.ts'

/** A store that takes longer to answer is not healthy. */
const PING_TIMEOUT_MS = 2_000

/** The part of a store that can say how it is. */
interface Asked {
  readonly kind: string
  readonly weaknesses: readonly string[]
  ping(): Promise<void>
}

/**
 * Asks the store each time, but never twice at once: those who ask meanwhile get the same answer. A store that is
 * still waited for is not asked; `waitingFor` says why it is.
 */
export function storeHealth(
  store: Asked,
  waitingFor: () => string | undefined = () => undefined,
): () => Promise<StoreHealth> {
  let asking: Promise<StoreHealth> | undefined
  return async () => {
    const reason = waitingFor()
    if (reason !== undefined) {
      return { kind: store.kind, healthy: false, reason, latencyMs: 0, weaknesses: store.weaknesses }
    }
    asking ??= ask(store).finally(() => {
      asking = undefined
    })
    return asking
  }
}

async function ask(store: Asked): Promise<StoreHealth> {
  const { kind, weaknesses } = store
  const askedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${PING_TIMEOUT_MS} ms`), PING_TIMEOUT_MS)
  })
  const answered = store.ping().then(() => undefined, whyFailed)
  const reason = await Promise.race([answered, late])
  clearTimeout(timer)
  const latencyMs = performance.now() - askedAt
  return { kind, healthy: reason === undefined, latencyMs, weaknesses, ...(reason && { reason }) }
}

/** Drivers give some errors no more than a code. */
function whyFailed(error: Error & { code?: string }): string {
  return error.message || error.code || error.name
}
