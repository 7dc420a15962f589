import { saga, unchecked } from 'assent'
import { memoryBarrier, rehearse } from 'assent/testing'
import { median } from '../measure/median.ts'
import { machineCpuSeconds, ownCpuSeconds } from '../processes/usage.ts'
import { cores, count } from '../report/words.ts'
import type { Question } from './question.ts'

const STORIES = 20_000
const WARM_STORIES = 3_000
const ROUNDS = 7
const RATE_MIN = 1_000

interface Order {
  pieces: number
}

const shop = memoryBarrier({ stock: 10, paid: 0, shipped: 0 })

/** Three steps in memory, each behind a barrier, with results handed on. */
const order = saga('order', { version: 1, input: unchecked<Order>() })
  .step('reserve', {
    barrier: shop,
    action: ({ database, input }) => {
      database.stock -= input.pieces
      return { reservation: 1 }
    },
    compensate: ({ database, input }) => {
      database.stock += input.pieces
    },
  })
  .step('charge', {
    barrier: shop,
    action: ({ database, input, results }) => {
      database.paid += input.pieces * 5
      return { charge: results.reserve.reservation + 1 }
    },
    compensate: ({ database, input }) => {
      database.paid -= input.pieces * 5
    },
  })
  .step('ship', {
    barrier: shop,
    action: ({ database, input }) => {
      database.shipped += input.pieces
    },
    compensate: ({ database, input }) => {
      database.shipped -= input.pieces
    },
  })

interface Round {
  rate: number
  /** Of this process, for each story. */
  cpuMicroseconds: number
  othersCores: number
}

export const rehearsal: Question = {
  name: 'rehearsal',
  async answer() {
    await tell(WARM_STORIES)
    const rounds: Round[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const one = await measured()
      rounds.push(one)
      console.log(`  round ${round}/${ROUNDS}: ${count(one.rate)} stories a second`)
    }
    const rate = median(rounds.map((round) => round.rate))
    return {
      question: 'rehearsal',
      asks: 'How many stories does `rehearse` tell in a second? A saga of three steps in memory, each with an undo, behind a barrier, and with a result that the next one reads.',
      settings: [
        'One process on one thread: the production coordinator, its store in memory, and the steps, in virtual time. A story is a whole transaction from an empty store to its end, crashes and late calls included, and the check behind it.',
        `${ROUNDS} rounds of ${count(STORIES)} stories (every single fault, the pairs, then threes by chance), after ${count(WARM_STORIES)} to get warm.`,
      ],
      figures: [
        {
          what: 'stories of a saga of three steps',
          measured: `${count(rate)}/s`,
          target: `at least ${count(RATE_MIN)}/s`,
          met: rate >= RATE_MIN,
        },
      ],
      tables: [
        {
          title: 'Rounds',
          head: ['round', 'stories per second', 'CPU for each', 'cores that other programs took'],
          rows: rounds.map((round, place) => [
            String(place + 1),
            count(round.rate),
            `${count(round.cpuMicroseconds)} µs`,
            cores(round.othersCores),
          ]),
        },
      ],
    }
  },
}

async function measured(): Promise<Round> {
  const before = { machine: machineCpuSeconds(), own: ownCpuSeconds() }
  const beganMs = performance.now()
  await tell(STORIES)
  const seconds = (performance.now() - beganMs) / 1_000
  const ownSeconds = ownCpuSeconds() - before.own
  return {
    rate: STORIES / seconds,
    cpuMicroseconds: (ownSeconds * 1_000_000) / STORIES,
    othersCores: Math.max(0, machineCpuSeconds() - before.machine - ownSeconds) / seconds,
  }
}

async function tell(stories: number): Promise<void> {
  const report = await rehearse(
    order,
    { pieces: 2 },
    ({ status }) => {
      const { stock, paid, shipped } = shop.state
      const expected = status === 'COMMITTED' ? '8, 10, 2' : '10, 0, 0'
      return `${stock}, ${paid}, ${shipped}` === expected
    },
    { stories, reset: () => shop.reset() },
  )
  if (report.stories !== stories) throw new Error(`${report.stories} of ${stories} stories were told`)
}
