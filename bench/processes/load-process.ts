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

async function run({ url, body, connections, seconds, amount, status }: Load): Promise<Seen> {
  const took = createHistogram()
  const beganMs = performance.now()
  let counted = 0
  let all = 0
  const running = autocannon({
    url,
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
    connections,
    ...(amount === undefined ? { duration: seconds + SETTLE_MS / 1_000 } : { amount }),
    sampleInt: 1_000,
  })
  let firstMs = 0
  let lastMs = 0
  let failures = 0
  running.on('response', (_client, answered, _bytes, tookMs) => {
    all += 1
    if (answered !== status) failures += 1
    const nowMs = performance.now()
    if (nowMs - beganMs < SETTLE_MS) return
    firstMs ||= nowMs
    lastMs = nowMs
    counted += 1
    took.record(Math.max(1, Math.round(tookMs * MICROSECONDS_PER_MS)))
  })
  const { errors, timeouts } = await running
  return {
    answers: all,
    failures: failures + errors + timeouts,
    rate: counted === 0 ? 0 : (counted / (lastMs - firstMs)) * 1_000,
    p50Ms: took.percentile(50) / MICROSECONDS_PER_MS,
    p99Ms: took.percentile(99) / MICROSECONDS_PER_MS,
  }
}
