/**
 * The process that makes the load: so many connections, on each of which a saga follows the end of the one before,
 * each with an id of its own. What it is to send comes as a message, what it saw goes back as one.
 */
import { createHistogram } from 'node:perf_hooks'
import { poster } from '../processes/post.ts'
import { ID } from '../works.ts'
import type { Asked, Ran } from './messages.ts'

/** Connecting, and whatever else begins with the load, is not counted. */
const SETTLE_MS = 500
const MICROSECONDS_PER_MS = 1_000

process.on('message', (asked: Asked & { prefix: string }) => {
  run(asked).then(
    (ran) => process.send?.({ ran }),
    (error) => process.send?.({ failed: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')

async function run(asked: Asked & { prefix: string }): Promise<Ran> {
  const { url, body, prefix, connections, seconds, status, says } = asked
  const target = new URL(url)
  const parts = body.split(ID)
  const post = poster(connections)
  const took = createHistogram()
  const fromMs = performance.now() + SETTLE_MS
  const untilMs = fromMs + seconds * 1_000
  let answers = 0
  let inTime = 0
  let failures = 0
  let firstWrong: string | undefined

  const sagaAfterSaga = async (): Promise<void> => {
    for (let sentMs = performance.now(); sentMs < untilMs; sentMs = performance.now()) {
      answers += 1
      const answer = await post(target, parts.join(`${prefix}-${answers}`)).catch((error) => ({
        status: 0,
        text: String(error),
      }))
      if (answer.status !== status || !answer.text.includes(says)) {
        failures += 1
        firstWrong ??= `${answer.status} ${answer.text.slice(0, 200)}`
      }
      const nowMs = performance.now()
      if (nowMs >= fromMs && nowMs <= untilMs) inTime += 1
      // The last ones too, though they end late: the slowest are most often among them.
      if (sentMs >= fromMs) took.record(Math.max(1, Math.round((nowMs - sentMs) * MICROSECONDS_PER_MS)))
    }
  }
  await Promise.all(Array.from({ length: connections }, sagaAfterSaga))

  return {
    answers,
    failures,
    ...(firstWrong === undefined ? {} : { firstWrong }),
    rate: inTime / seconds,
    p50Ms: took.percentile(50) / MICROSECONDS_PER_MS,
    p99Ms: took.percentile(99) / MICROSECONDS_PER_MS,
  }
}
