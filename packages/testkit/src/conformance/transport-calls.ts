import { deepEqual, equal, match, ok } from 'node:assert/strict'
import type { Json } from '@assent/contract'
import type { TransportPromise } from './transport-bench.ts'
import { callParticipant, callTo, outcomeOf, Signal } from './transport-call.ts'

const AT_ONCE = 200

/** What a participant receives, and how calls live side by side. */
export const transportCalls: readonly TransportPromise[] = [
  {
    title: 'it names the URL schemes that it serves',
    async hold({ transport }) {
      ok(transport.schemes.length > 0)
      for (const scheme of transport.schemes) match(scheme, /^[a-z][a-z0-9+.-]*:$/)
    },
  },
  {
    title: 'a participant receives body and headers as they were given, and its own copy of them',
    async hold(bench) {
      const body: Json = { amount: 30, to: 'Zoë', none: null, list: [1, { a: '\u0000' }] }
      const before = JSON.stringify(body)
      const call = callTo(await bench.participant({ does: 'repeat' }), { body, op: 'compensate', attempt: 3 })
      const answer = await bench.transport.call(call, new Signal())
      equal(outcomeOf(answer), 'done')
      const received =
        answer.kind === 'answered' && (answer.result as { body: Json; headers: Record<string, Json> })
      ok(received)
      deepEqual(received.body, JSON.parse(before))
      for (const [name, value] of Object.entries(call.headers)) equal(received.headers[name], value)
      equal(JSON.stringify(body), before, 'the participant changed the body of the caller')
    },
  },
  {
    title: 'calls at once get each their own answer',
    async hold(bench) {
      const url = await bench.participant({ does: 'repeat' })
      const amounts = Array.from({ length: AT_ONCE }, (_, amount) => amount)
      const answers = await Promise.all(
        amounts.map((amount) => bench.transport.call(callTo(url, { body: { amount } }), new Signal())),
      )
      const received = answers.map(
        (answer) => answer.kind === 'answered' && (answer.result as { body: { amount: number } }).body.amount,
      )
      deepEqual(received, amounts)
    },
  },
  {
    title: 'a participant that hangs holds up no other',
    async hold(bench) {
      const hanging = await bench.participant({ does: 'hang' })
      const open = Array.from({ length: AT_ONCE }, () =>
        bench.transport.call(callTo(hanging, { timeoutMs: 1_000 }), new Signal()),
      )
      const other = callParticipant(bench, { does: 'succeed', result: 1 })
      equal(outcomeOf(await Promise.race([other, ...open])), 'done')
      await Promise.all(open)
    },
  },
  {
    title: 'a raised signal invents no outcome: what the participant did counts',
    async hold(bench) {
      const signal = new Signal()
      const called = callParticipant(bench, { does: 'dawdle', ms: 100 }, {}, signal)
      setTimeout(() => signal.raise(), 20)
      const answer = await called
      equal(outcomeOf(answer), 'done')
      equal(answer.kind === 'answered' && answer.result, 'late')
    },
  },
  {
    title: 'nothing listens to the signal once the call is answered',
    async hold(bench) {
      const signal = new Signal()
      await callParticipant(bench, { does: 'succeed' }, {}, signal)
      await callParticipant(bench, { does: 'fail', message: 'no' }, {}, signal)
      await callParticipant(bench, { does: 'hang' }, { timeoutMs: 50 }, signal)
      equal(signal.listeners, 0)
    },
  },
  {
    title: 'a URL that names nothing is answered, never thrown at the caller',
    async hold(bench) {
      for (const rest of [
        '',
        '//',
        '//[',
        '////',
        '/../..',
        '%',
        '\u0000',
        ' ',
        '//a b',
        '#',
        '?',
        '//:99999',
      ]) {
        const url = `${bench.transport.schemes[0]}${rest}`
        const answer = await bench.transport.call(callTo(url, { timeoutMs: 1_000 }), new Signal())
        ok(answer.kind === 'held' || answer.outcome === 'unknown', `${url} was ${outcomeOf(answer)}`)
      }
    },
  },
  {
    title: 'closing ends what is under way, and may happen again',
    async hold(bench) {
      const called = callParticipant(bench, { does: 'hang' }, { timeoutMs: 500 })
      await new Promise((resolve) => setTimeout(resolve, 50))
      await bench.transport.close()
      await bench.transport.close()
      equal(outcomeOf(await called), 'unknown')
    },
  },
]
