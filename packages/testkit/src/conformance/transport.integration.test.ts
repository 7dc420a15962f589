import type { Json } from '@assent/contract'
import type { Call, CallAnswer, Transport } from '@assent/engine'
import { describe, expect, it } from 'vitest'
import { openLocalBench, transportConformance } from './transport.ts'

type Answered = Extract<CallAnswer, { kind: 'answered' }>

/** The transport with a fault in what it answers. */
const answering =
  (fault: (answer: Answered, call: Call) => CallAnswer) =>
  (transport: Transport): Transport => ({
    ...transport,
    async call(call, signal) {
      const answer = await transport.call(call, signal)
      return answer.kind === 'held' ? answer : fault(answer, call)
    },
  })

/** The transport with a fault in how it calls. */
const calling =
  (fault: (transport: Transport) => Transport['call']) =>
  (transport: Transport): Transport => ({
    ...transport,
    call: fault(transport),
  })

const FAULTS: [fault: string, wrap: (transport: Transport) => Transport, broken: string][] = [
  [
    'takes a refusal for unknown',
    answering((answer) => (answer.outcome === 'refused' ? { ...answer, outcome: 'unknown' } : answer)),
    'a participant that refuses is refused in every phase, with the reason that it gave',
  ],
  [
    'takes a refusal of phase two for done',
    answering((answer, { phase }) =>
      answer.outcome === 'refused' && phase === 'two' ? { ...answer, outcome: 'done' } : answer,
    ),
    'a participant that refuses is refused in every phase, with the reason that it gave',
  ],
  [
    'takes whatever is not done for refused',
    answering((answer) => (answer.outcome === 'unknown' ? { ...answer, outcome: 'refused' } : answer)),
    'a participant that fails is unknown in every phase, and an error says why without a stack',
  ],
  [
    'loses results that are false',
    answering(({ result, ...answer }) => (result ? { ...answer, result } : answer)),
    'a participant that succeeds is done, with the result that it gave',
  ],
  [
    'makes null of no result',
    answering((answer) => ({ ...answer, result: answer.result ?? null })),
    'a participant that succeeds without a result is done without one',
  ],
  [
    'takes ongoing for done',
    answering((answer) => (answer.outcome === 'ongoing' ? { ...answer, outcome: 'done' } : answer)),
    'a participant that is not decided yet is ongoing',
  ],
  [
    'cuts long results',
    answering((answer) =>
      answer.resultOmitted ? { ...answer, resultOmitted: false, result: 'cut' } : answer,
    ),
    'a longer result is omitted whole, and done all the same',
  ],
  [
    'tells a stack',
    answering((answer) => ({ ...answer, error: answer.error && `${answer.error}\n    at participant` })),
    'a participant that fails is unknown in every phase, and an error says why without a stack',
  ],
  [
    'throws when nobody is there',
    calling((transport) => async (call, signal) => {
      const answer = await transport.call(call, signal)
      if (answer.kind === 'held') throw new Error('nobody there')
      return answer
    }),
    'a participant that is not there is unknown or held, never an error that is thrown',
  ],
  [
    'overlooks the time of a call',
    calling((transport) => (call, signal) => transport.call({ ...call, timeoutMs: 4_000 }, signal)),
    'a participant that never answers is unknown when the time of the call is over',
  ],
  [
    'gives up early',
    calling(
      (transport) => (call, signal) => transport.call({ ...call, timeoutMs: call.timeoutMs / 4 }, signal),
    ),
    'a participant that never answers is unknown when the time of the call is over',
  ],
  [
    'loses headers',
    calling((transport) => (call, signal) => transport.call({ ...call, headers: {} }, signal)),
    'a participant receives body and headers as they were given, and its own copy of them',
  ],
  [
    'changes the body of the caller',
    calling((transport) => (call, signal) => {
      Object.assign(call.body as { [key: string]: Json }, { amount: 'changed' })
      return transport.call(call, signal)
    }),
    'a participant receives body and headers as they were given, and its own copy of them',
  ],
  [
    'mixes up answers',
    calling((transport) => {
      let last: Promise<CallAnswer> | undefined
      return (call, signal) => {
        const before = last
        last = transport.call(call, signal)
        return before ?? last
      }
    }),
    'calls at once get each their own answer',
  ],
  [
    'makes one call at a time',
    calling((transport) => {
      let last: Promise<unknown> = Promise.resolve()
      return (call, signal) => {
        const answer = last.then(() => transport.call(call, signal))
        last = answer
        return answer
      }
    }),
    'a participant that hangs holds up no other',
  ],
  [
    'makes an outcome of a signal',
    calling((transport) => (call, signal) => {
      const calledOff = new Promise<CallAnswer>((resolve) => {
        const refuse = () => resolve({ kind: 'answered', outcome: 'refused' })
        signal.addEventListener('abort', refuse)
      })
      return Promise.race([calledOff, transport.call(call, signal)])
    }),
    'a raised signal invents no outcome: what the participant did counts',
  ],
  [
    'leaves listeners behind',
    calling((transport) => (call, signal) => {
      signal.addEventListener('abort', () => {})
      return transport.call(call, signal)
    }),
    'nothing listens to the signal once the call is answered',
  ],
]

describe('the conformance suite of transports', () => {
  it.each(FAULTS)('catches one that %s', async (_fault, wrap, broken) => {
    const test = transportConformance(() => openLocalBench(wrap)).find(({ title }) => title === broken)
    await expect(test!.run()).rejects.toThrow()
  })

  it('refuses an exemption from a promise that it does not know', () => {
    const exempts = [{ title: 'it never fails', reason: 'it does' }]
    expect(() => transportConformance(openLocalBench, exempts)).toThrow(/no promise is called/)
  })
})
