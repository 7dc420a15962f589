import type { Operation } from '@assent/contract'
import type { Answers, CallAnswer, DeliveredAnswer, Transaction, Transport } from '@assent/engine'
import type { Plant } from './plant.ts'

/** The same transport, but what comes in is changed on its way: answers of calls, and those that nobody waits for. */
function seenThrough(
  transport: Transport,
  change: {
    answered?: (answer: CallAnswer) => CallAnswer
    answer?: (answers: Answers, answer: DeliveredAnswer) => ReturnType<Answers['answer']>
  },
): Transport {
  const { answered = (answer) => answer, answer = (answers, given) => answers.answer(given) } = change
  return {
    schemes: transport.schemes,
    call: async (call, signal) => answered(await transport.call(call, signal)),
    receive: (answers) => transport.receive?.({ answer: (given) => answer(answers, given) }),
    close: () => transport.close(),
  }
}

/** A reply is acknowledged as soon as it was read. */
export const ACKNOWLEDGED_BEFORE_DURABLE: Plant = {
  name: 'acknowledges-an-answer-before-it-is-durable',
  breaks: [2],
  transport: (transport) =>
    seenThrough(transport, {
      answered(answer) {
        if (answer.kind !== 'answered') return answer
        const { kept, ...rest } = answer
        kept?.(true)
        return rest
      },
      async answer(answers, given) {
        answers.answer(given).catch(() => {})
        return 'counted'
      },
    }),
}

/** What a call was answered counts as kept, also where another coordinator has taken the transaction over meanwhile. */
export const ACKNOWLEDGED_THOUGH_LOST: Plant = {
  name: 'acknowledges-an-answer-that-it-could-not-keep',
  breaks: [2],
  transport: (transport) =>
    seenThrough(transport, {
      answered(answer) {
        if (answer.kind !== 'answered' || answer.kept === undefined) return answer
        const { kept } = answer
        return { ...answer, kept: () => kept(true) }
      },
    }),
}

/** What comes when its call was given up is passed over. */
export const LATE_ANSWER_DROPPED: Plant = {
  name: 'drops-the-answer-of-a-call-that-was-given-up',
  breaks: [2],
  transport: (transport) => seenThrough(transport, { answer: async () => 'history' }),
}

const UNDONE_BY: Partial<Record<Operation, Operation>> = {
  action: 'compensate',
  try: 'cancel',
  prepare: 'rollback',
}

/** What is said late of phase one is taken for an answer to the undo. */
export const ANSWER_FOR_ANOTHER_OPERATION: Plant = {
  name: 'takes-an-answer-for-another-operation',
  breaks: [7],
  transport: (transport) =>
    seenThrough(transport, {
      answer: (answers, given) => answers.answer({ ...given, op: UNDONE_BY[given.op] ?? given.op }),
    }),
}

/** Whoever takes a transaction over by an answer drives it as if it had called all that was called. */
export const TAKEN_OVER_WITHOUT_CLAIM: Plant = {
  name: 'takes-a-transaction-over-by-an-answer-without-a-claim',
  breaks: [4, 8],
  engine(engine) {
    const unclaimed = new WeakMap<Transaction, Transaction>()
    return {
      ...engine,
      advance(before, event, now) {
        const isOfNoCall = event.type === 'answered' && event.attempt === 0
        const base = isOfNoCall ? (unclaimed.get(before) ?? before) : before
        const advanced = engine.advance(base, event, now)
        if (event.type === 'claimed') unclaimed.set(advanced.transaction, before)
        return advanced
      },
    }
  },
}

/** Whatever is said of an operation ends the call of it that is under way, so that its undo need not wait. */
export const ANSWER_ENDS_ANY_CALL: Plant = {
  name: 'takes-any-answer-for-the-end-of-a-call',
  breaks: [5],
  engine: (engine) => ({
    ...engine,
    advance(before, event, now) {
      if (event.type !== 'answered' || event.attempt !== 0) return engine.advance(before, event, now)
      const branch = before.branches.find(({ request }) => request.branchId === event.branchId)
      return engine.advance(before, { ...event, attempt: branch?.inFlight?.attempt ?? 0 }, now)
    },
  }),
}

/** Of an answer that changes nothing it never says what became of it. */
export const HISTORY_WITHOUT_A_WORD: Plant = {
  name: 'never-says-that-an-answer-was-history',
  breaks: [8],
  transport: (transport) =>
    seenThrough(transport, {
      async answer(answers, given) {
        const taken = await answers.answer(given)
        return taken === 'history' ? new Promise(() => {}) : taken
      },
    }),
}
