import { open, saga, unchecked } from 'assent'
import { sqlite } from 'assent/store/sqlite'
import { median } from '../measure/median.ts'
import { temporaryDirectory } from '../processes/server.ts'
import { machineCpuSeconds, ownCpuSeconds } from '../processes/usage.ts'
import { cores, count, microseconds } from '../report/words.ts'
import type { Question } from './question.ts'

const AT_ONCE = 256
const SAGAS = 60_000
const WARM_SAGAS = 20_000
const ROUNDS = 7
const READING_RATE_MIN = 20_000
const ALONE_RATE_MIN = 30_000

interface Order {
  sku: string
  quantity: number
}

const settings = { version: 1, input: unchecked<Order>() }

/** The second step uses what the first one answered. */
const reading = saga('reading', settings)
  .step('reserve', { action: ({ input }) => ({ reservation: input.quantity }), compensate: () => {} })
  .step('ship', {
    action: ({ results }) => ({ parcel: results.reserve.reservation }),
    compensate: () => {},
  })

/** The second step comes after the first one, and uses nothing of it. */
const alone = saga('alone', settings)
  .step('reserve', { action: ({ input }) => ({ reservation: input.quantity }), compensate: () => {} })
  .step('ship', { reads: [], action: ({ input }) => ({ parcel: input.quantity }), compensate: () => {} })

interface Round {
  rate: number
  /** Of the thread that the application and the coordinator share, for each saga. */
  threadMicroseconds: number
  /** Of the whole process, the store's thread included. */
  cpuMicroseconds: number
  othersCores: number
}

export const embedded: Question = {
  name: 'embedded',
  async answer() {
    using directory = temporaryDirectory()
    await using assent = await open({ store: sqlite(directory.path), definitions: [reading, alone] })
    const run = async (kind: typeof reading | typeof alone, sagas: number): Promise<void> => {
      let left = sagas
      const caller = async (): Promise<void> => {
        while (left > 0) {
          left--
          const ended = await assent.run(kind as typeof reading, { sku: 'a-1', quantity: left })
          if (ended.status !== 'COMMITTED') throw new Error(`a saga was aborted: ${ended.reason}`)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, caller))
    }
    const rounds = { reading: [] as Round[], alone: [] as Round[] }
    await run(reading, WARM_SAGAS)
    await run(alone, WARM_SAGAS)
    for (let round = 1; round <= ROUNDS; round++) {
      rounds.reading.push(await measured(() => run(reading, SAGAS)))
      rounds.alone.push(await measured(() => run(alone, SAGAS)))
      const [one, other] = [rounds.reading.at(-1)?.rate ?? 0, rounds.alone.at(-1)?.rate ?? 0]
      console.log(`  round ${round}/${ROUNDS}: ${count(one)} and ${count(other)} sagas a second`)
    }
    return findingOf(rounds.reading, rounds.alone)
  },
}

async function measured(work: () => Promise<void>): Promise<Round> {
  const before = { machine: machineCpuSeconds(), own: ownCpuSeconds(), thread: process.threadCpuUsage() }
  const beganMs = performance.now()
  await work()
  const seconds = (performance.now() - beganMs) / 1_000
  const ownSeconds = ownCpuSeconds() - before.own
  const thread = process.threadCpuUsage(before.thread)
  return {
    rate: SAGAS / seconds,
    threadMicroseconds: (thread.user + thread.system) / SAGAS,
    cpuMicroseconds: (ownSeconds * 1_000_000) / SAGAS,
    othersCores: Math.max(0, machineCpuSeconds() - before.machine - ownSeconds) / seconds,
  }
}

function findingOf(readingRounds: readonly Round[], aloneRounds: readonly Round[]) {
  const readingRate = median(readingRounds.map(({ rate }) => rate))
  const aloneRate = median(aloneRounds.map(({ rate }) => rate))
  const all = [...readingRounds, ...aloneRounds]
  return {
    question: 'embedded',
    asks: `How many sagas does a process run in itself? Two steps that are functions of the application, each with an undo, ${AT_ONCE} at once, durable on SQLite.`,
    settings: [
      '`open()` with a store in SQLite and full sync. Application, steps and coordinator share one thread; the store has a thread of its own.',
      'A saga whose second step reads the result of the first is three durable writes, in shared commits; with `reads: []` it is two.',
      `${ROUNDS} rounds of ${count(SAGAS)} sagas a side, in turns, after ${count(WARM_SAGAS)} each to get warm; medians.`,
    ],
    figures: [
      {
        what: 'sagas whose second step uses the result of the first',
        measured: `${count(readingRate)}/s`,
        target: `at least ${count(READING_RATE_MIN)}/s`,
        met: readingRate >= READING_RATE_MIN,
      },
      {
        what: 'sagas that hand on no results',
        measured: `${count(aloneRate)}/s`,
        target: `at least ${count(ALONE_RATE_MIN)}/s`,
        met: aloneRate >= ALONE_RATE_MIN,
      },
      {
        what: 'cores that other programs took meanwhile',
        measured: cores(median(all.map((each) => each.othersCores))),
      },
    ],
    tables: [table('With results handed on', readingRounds), table('Without', aloneRounds)],
  }
}

function table(title: string, rounds: readonly Round[]) {
  return {
    title,
    head: [
      'round',
      'sagas per second',
      'CPU of the main thread',
      'CPU of the process',
      'cores that others took',
    ],
    rows: rounds.map((round, place) => [
      String(place + 1),
      count(round.rate),
      microseconds(round.threadMicroseconds),
      microseconds(round.cpuMicroseconds),
      cores(round.othersCores),
    ]),
  }
}
