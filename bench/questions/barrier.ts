import { startMariadb, startPostgres } from '@assent/testkit/servers'
import { ACCOUNTS, CONNECTIONS, SERVICES, type Service } from '../barrier/services.ts'
import { median } from '../measure/median.ts'
import type { Figure, Finding, Table } from '../report/finding.ts'
import { count, milliseconds, ratio } from '../report/words.ts'
import type { Question } from './question.ts'

const ROUNDS = 9
/** Transactions of each side in a round. */
const ONE_BY_ONE = 300
const AT_ONCE = 1_500
/** Transactions of each side to get warm. */
const WARM = 500

type Name = keyof typeof SERVICES

/** How long each transaction of a side took on average, milliseconds, round by round. */
interface Times {
  bare: number[]
  barrier: number[]
}

interface Found {
  name: Name
  product: string
  oneByOne: Times
  atOnce: Times
}

export const barrier: Question = {
  name: 'barrier',
  async answer() {
    await using postgres = await startPostgres()
    await using mariadb = await startMariadb()
    const found: Found[] = []
    for (const name of Object.keys(SERVICES) as Name[]) {
      const server = name.startsWith('p') ? postgres : mariadb
      await using service = await SERVICES[name](server.url)
      const product = `${server.product} ${server.version}`
      found.push({ name, product, ...(await measure(service)) })
      console.log(`  ${name}: ${milliseconds(median(found.at(-1)?.oneByOne.barrier ?? []))}`)
    }
    return finding(found)
  },
}

/** Both sides in turns, so that what drifts, drifts for both. */
async function measure(service: Service): Promise<Omit<Found, 'name' | 'product'>> {
  const sides = [
    ['bare', (account: number) => service.bare(account)],
    ['barrier', (account: number) => service.behindBarrier(account)],
  ] as const
  for (const [, transact] of sides) await timed(transact, WARM, CONNECTIONS)
  const oneByOne: Times = { bare: [], barrier: [] }
  const atOnce: Times = { bare: [], barrier: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [side, transact] of sides) oneByOne[side].push(await timed(transact, ONE_BY_ONE, 1))
    for (const [side, transact] of sides) atOnce[side].push(await timed(transact, AT_ONCE, CONNECTIONS))
  }
  return { oneByOne, atOnce }
}

/** Milliseconds for each of so many, of which some are under way at once, each on an account of its own. */
async function timed(
  transact: (account: number) => Promise<unknown>,
  transactions: number,
  atOnce: number,
): Promise<number> {
  let next = 0
  const caller = async (): Promise<void> => {
    while (next < transactions) {
      next += 1
      await transact(next % ACCOUNTS)
    }
  }
  const beganMs = performance.now()
  await Promise.all(Array.from({ length: atOnce }, caller))
  return (performance.now() - beganMs) / transactions
}

function finding(found: readonly Found[]): Finding {
  return {
    question: 'barrier',
    asks: 'What does the barrier cost a business transaction on PostgreSQL and on MariaDB? Two writes in a transaction of their own, with the barrier and as the driver’s own pages show it.',
    settings: [
      `The business updates one of ${count(ACCOUNTS)} accounts, writes a line into a ledger and results in a small object; each call is the first of its branch. One process calls, in which the service runs too.`,
      `The databases on the same machine, reached by the loopback interface: ${[...new Set(found.map(({ product }) => product))].join(', ')}; every commit is on the disk before it is acknowledged.`,
      `${ROUNDS} rounds, in each of them ${count(ONE_BY_ONE)} transactions of each side one after another and ${count(AT_ONCE)} of each side ${CONNECTIONS} at once, in turns; medians of the rounds, ratios of neighbouring ones.`,
      'A round trip costs next to nothing here. How many the barrier adds is counted by a test, see docs/participants.md.',
    ],
    figures: found.flatMap(({ name, oneByOne, atOnce }) => [
      figureOf(`${name}, one at a time: time with the barrier to that without`, oneByOne),
      figureOf(`${name}, ${CONNECTIONS} at once: time with the barrier to that without`, atOnce),
    ]),
    tables: [
      tableOf('One after another', found, ({ oneByOne }) => oneByOne),
      tableOf(`${CONNECTIONS} at once`, found, ({ atOnce }) => atOnce),
    ],
  }
}

function figureOf(what: string, times: Times): Figure {
  return { what, measured: ratio(median(ratiosOf(times))) }
}

function ratiosOf({ bare, barrier }: Times): number[] {
  return barrier.map((time, round) => time / (bare[round] ?? Number.NaN))
}

function tableOf(title: string, found: readonly Found[], pick: (one: Found) => Times): Table {
  return {
    title,
    head: ['driver', 'bare', 'with the barrier', 'difference', 'ratio', 'lowest and highest'],
    rows: found.map((one) => {
      const times = pick(one)
      const ratios = ratiosOf(times)
      const [bare, barrier] = [median(times.bare), median(times.barrier)]
      return [
        `${one.name} on ${one.product}`,
        milliseconds(bare),
        milliseconds(barrier),
        milliseconds(barrier - bare),
        ratio(median(ratios)),
        `${ratio(Math.min(...ratios))} to ${ratio(Math.max(...ratios))}`,
      ]
    }),
  }
}
