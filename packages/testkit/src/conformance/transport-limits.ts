import { equal, notEqual, ok } from 'node:assert/strict'
import { REFUSAL_MAX_BYTES, RESULT_MAX_BYTES } from '@assent/contract'
import type { Behaviour, TransportBench, TransportPromise } from './transport-bench.ts'
import { callParticipant, errorOf, outcomeOf } from './transport-call.ts'

const TIMEOUT_MS = 200
/** What a busy machine may add. */
const SLACK_MS = 3_000

/** Every wait ends, and nothing is read without a limit. */
export const transportLimits: readonly TransportPromise[] = [
  {
    title: 'a result of RESULT_MAX_BYTES is kept',
    async hold(bench) {
      const result = 'x'.repeat(RESULT_MAX_BYTES - 2)
      const answer = await callParticipant(bench, { does: 'succeed', result })
      equal(outcomeOf(answer), 'done')
      ok(answer.kind === 'answered' && answer.result === result && answer.resultOmitted === undefined)
    },
  },
  {
    title: 'a longer result is omitted whole, and done all the same',
    async hold(bench) {
      const result = { text: 'ä'.repeat(RESULT_MAX_BYTES / 2) }
      const answer = await callParticipant(bench, { does: 'succeed', result })
      equal(outcomeOf(answer), 'done')
      ok(answer.kind === 'answered' && answer.resultOmitted === true && !('result' in answer))
    },
  },
  {
    title: 'a refusal is told in at most REFUSAL_MAX_BYTES, its code always',
    async hold(bench) {
      const refusal = { code: 'POOR', message: 'x'.repeat(REFUSAL_MAX_BYTES), details: ['long'] }
      const answer = await callParticipant(bench, { does: 'refuse', refusal })
      equal(outcomeOf(answer), 'refused')
      ok(answer.kind === 'answered' && answer.refusal?.code === 'POOR')
      ok(Buffer.byteLength(JSON.stringify(answer.refusal)) <= REFUSAL_MAX_BYTES, 'the refusal is too long')
    },
  },
  {
    title: 'a participant that never answers is unknown when the time of the call is over',
    hold: (bench) => expectUnknownInTime(bench, { does: 'hang' }),
  },
  {
    title: 'an answer without end is unknown when the time of the call is over',
    hold: (bench) => expectUnknownInTime(bench, { does: 'answer without end' }),
  },
  {
    title: 'an answer that is over-long is unknown, and not read to its end',
    async hold(bench) {
      const answer = await callParticipant(bench, { does: 'answer over-long' })
      equal(outcomeOf(answer), 'unknown')
      notEqual(errorOf(answer), '')
    },
  },
  {
    title: 'an answer that breaks off is unknown',
    async hold(bench) {
      const answer = await callParticipant(bench, { does: 'break off' })
      equal(outcomeOf(answer), 'unknown')
      notEqual(errorOf(answer), '')
    },
  },
]

async function expectUnknownInTime(bench: TransportBench, behaviour: Behaviour): Promise<void> {
  const began = performance.now()
  const answer = await callParticipant(bench, behaviour, { timeoutMs: TIMEOUT_MS })
  const tookMs = performance.now() - began
  equal(outcomeOf(answer), 'unknown')
  notEqual(errorOf(answer), '')
  // Timers may fire a fraction of a millisecond early.
  ok(tookMs >= TIMEOUT_MS - 2, `given up after ${tookMs} ms`)
  ok(tookMs <= TIMEOUT_MS + bench.graceMs + SLACK_MS, `answered after ${tookMs} ms`)
}
