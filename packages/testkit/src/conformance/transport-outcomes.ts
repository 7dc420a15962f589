import { deepEqual, equal, match, ok } from 'node:assert/strict'
import type { Json, Phase } from '@assent/contract'
import type { TransportPromise } from './transport-bench.ts'
import { callParticipant, errorOf, outcomeOf } from './transport-call.ts'

const PHASES: readonly Phase[] = ['one', 'two', 'query']

/** What JSON can say and a transport could lose. */
const RESULTS: readonly Json[] = [
  null,
  false,
  0,
  -1.5e300,
  '',
  'text',
  [],
  {},
  [null, [[{}]]],
  { balance: 70, 'a/b~c': { '': 1 }, 'ключ 🔑': 'Zoë\u0000\u2028\ud800' },
  JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}'),
]

/** The four words, whatever the transport. */
export const transportOutcomes: readonly TransportPromise[] = [
  {
    title: 'a participant that succeeds is done, with the result that it gave',
    async hold(bench) {
      for (const result of RESULTS) {
        const answer = await callParticipant(bench, { does: 'succeed', result })
        equal(outcomeOf(answer), 'done')
        equal(JSON.stringify(answer.kind === 'answered' && answer.result), JSON.stringify(result))
      }
    },
  },
  {
    title: 'a participant that succeeds without a result is done without one',
    async hold(bench) {
      const answer = await callParticipant(bench, { does: 'succeed' })
      equal(outcomeOf(answer), 'done')
      ok(!('result' in answer) && !('resultOmitted' in answer), 'a result from nowhere')
    },
  },
  {
    title: 'a participant that refuses is refused in every phase, with the reason that it gave',
    async hold(bench) {
      const refusal = { code: 'POOR', message: 'the account holds 3', details: { balance: 3 } }
      for (const phase of PHASES) {
        const answer = await callParticipant(bench, { does: 'refuse', refusal }, { phase })
        equal(outcomeOf(answer), 'refused')
        deepEqual(answer.kind === 'answered' && answer.refusal, refusal)
      }
    },
  },
  {
    title: 'a participant that is not decided yet is ongoing',
    async hold(bench) {
      for (const phase of PHASES) {
        equal(outcomeOf(await callParticipant(bench, { does: 'go on' }, { phase })), 'ongoing')
      }
    },
  },
  {
    title: 'a participant that fails is unknown in every phase, and an error says why without a stack',
    async hold(bench) {
      for (const phase of PHASES) {
        const answer = await callParticipant(bench, { does: 'fail', message: 'the disk is full' }, { phase })
        equal(outcomeOf(answer), 'unknown')
        match(errorOf(answer), /the disk is full/)
        ok(!/\n\s+at /.test(errorOf(answer)), 'a stack was told')
      }
    },
  },
  {
    title: 'a participant that is not there is unknown or held, never an error that is thrown',
    async hold(bench) {
      for (let time = 0; time < 20; time++) {
        const answer = await callParticipant(bench, { does: 'be absent' })
        ok(answer.kind === 'held' ? answer.retryAfterMs > 0 : answer.outcome === 'unknown')
      }
    },
  },
]
