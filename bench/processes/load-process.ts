/**
 * The process that makes the load: so many connections, on each of which a request follows the answer to the
 * one before. What it is to send comes as a message, what it saw goes back as one.
 */
import { createHistogram } from 'node:perf_hooks'
import autocannon from 'autocannon'
import type { Load, Seen } from './load.ts'

/** Connecting, and whatever else begins with the load, is not counted. */
const SETTLE_MS = 500
const MICROSECONDS_PER_MS = 1_000

process.on('message', (load: Load) => {
  run(load).then(
    (seen) => process.send?.({ seen }),
    (error) => process.send?.({ failed: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

async function run(load: Load): Promise<Seen> {
  const { status } = load
  const took = createHistogram()
  const beganMs = performance.now()
  let counted = 0
  let all = 0
  let firstMs = 0
  let lastMs = 0
  let failures = 0
  const seen = (_client: unknown, answered: number, _bytes: number, tookMs: number): void => {
    all += 1
    if (answered !== status) failures += 1
    const nowMs = performance.now()
    if (nowMs - beganMs < SETTLE_MS) return
    firstMs ||= nowMs
    lastMs = nowMs
    counted += 1
    took.record(Math.max(1, Math.round(tookMs * MICROSECONDS_PER_MS)))
  }
  const urls = typeof load.url === 'string' ? [load.url] : load.url
  const running = urls.map((url) => sendTo(url, load, urls.length).on('response', seen))
  const lost = (await Promise.all(running)).reduce((sum, { errors, timeouts }) => sum + errors + timeouts, 0)
  return {
    answers: all,
    failures: failures + lost,
    rate: counted === 0 ? 0 : (counted / (lastMs - firstMs)) * 1_000,
    p50Ms: took.percentile(50) / MICROSECONDS_PER_MS,
    p99Ms: took.percentile(99) / MICROSECONDS_PER_MS,
  }
}

/** One of so many addresses that share the load. */
function sendTo(url: string, { body, connections, seconds, amount }: Load, addresses: number) {
  return autocannon({
    url,
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
    connections: connections / addresses,
    ...(amount === undefined ? { duration: seconds + SETTLE_MS / 1_000 } : { amount: amount / addresses }),
    sampleInt: 1_000,
  })
}
