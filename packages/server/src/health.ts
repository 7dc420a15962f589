import type { BrokerHealth, StoreHealth } from './doors/door.ts'

/** A store that takes longer to answer is not healthy. */
const STORE_TIMEOUT_MS = 2_000
/** The same of a broker. Less than probes wait for: they must not fail for a broker, which only calls need. */
const BROKER_TIMEOUT_MS = 500

/** The part of a store that can say how it is. */
interface Pinged {
  readonly kind: string
  readonly weaknesses: readonly string[]
  ping(): Promise<void>
}

/**
 * Asks the store each time, but never twice at once: those who ask meanwhile get the same answer. A store that is
 * still waited for is not asked; `waitingFor` says why it is.
 */
export function storeHealth(
  store: Pinged,
  waitingFor: () => string | undefined = () => undefined,
): () => Promise<StoreHealth> {
  const ask = once(() => askedNow(() => store.ping(), STORE_TIMEOUT_MS))
  return async () => {
    const reason = waitingFor()
    const answered = reason === undefined ? await ask() : { healthy: false, reason, latencyMs: 0 }
    return { kind: store.kind, weaknesses: store.weaknesses, ...answered }
  }
}

/** Asks the broker, in the same way. */
export function brokerHealth(broker: { ping(): Promise<void> }): () => Promise<BrokerHealth> {
  const ask = once(() => askedNow(() => broker.ping(), BROKER_TIMEOUT_MS))
  return async () => ({ kind: 'kafka', ...(await ask()) })
}

/** Those who ask meanwhile get the same answer. */
function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asking: Promise<Answer> | undefined
  return () => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
}

type Asked = Pick<StoreHealth, 'healthy' | 'reason' | 'latencyMs'>

async function askedNow(ping: () => Promise<void>, timeoutMs: number): Promise<Asked> {
  const askedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${timeoutMs} ms`), timeoutMs)
  })
  const answered = ping().then(() => undefined, whyFailed)
  const reason = await Promise.race([answered, late])
  clearTimeout(timer)
  const latencyMs = performance.now() - askedAt
  return { healthy: reason === undefined, latencyMs, ...(reason && { reason }) }
}

/** Drivers give some errors no more than a code. */
function whyFailed(error: Error & { code?: string }): string {
  return error.message || error.code || error.name
}
