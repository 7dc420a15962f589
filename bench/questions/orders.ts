import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PartOf, sharesOfParts } from '../measure/profile-parts.ts'
import { interleaved, type Measured, medianOf, type Side } from '../measure/rounds.ts'
import { type OrderServices, startOrderServices } from '../processes/order-services.ts'
import { type OrdersLoad, type OrdersLoadProcess, startOrdersLoad } from '../processes/orders-load.ts'
import { temporaryDirectory } from '../processes/server.ts'
import type { Figure, Table } from '../report/finding.ts'
import { processesTable, ratesTable } from '../report/rounds-table.ts'
import { count, milliseconds } from '../report/words.ts'
import type { Question } from './question.ts'

const CUSTOMERS = [1, 32, 128] as const
const ROUNDS = 3
const ROUND_SECONDS = 8
const WARM_SECONDS = 6
/** At how many customers the CPU is shared out. */
const SHARED_AT = 32
const COORDINATOR = 'the coordinator'
/** What a profile shows of starting is left out. */
const PROFILE_FROM_MS = 8_000

export const orders: Question = {
  name: 'orders',
  async answer() {
    await using load = await startOrdersLoad()
    const found = await ratesOf(load)
    const parts = await partsOf(load)
    const shared = found.get(SHARED_AT)
    if (shared === undefined) throw new TypeError('nothing is known of what is to be shared out')
    return {
      question: 'orders',
      asks: 'How many orders a second go through three services, from the POST to approved or cancelled, and how long does one take? `examples/order-saga`, over Kafka, each service with its own PostgreSQL database; four commands and four replies for an order, and an event for each step.',
      settings: [
        `The three services as processes with their defaults, one in five payments fails, ${found.products.join(' and ')}, all on this machine with the customers. Every commit is on the disk before it is acknowledged; Kafka has one broker, which acknowledges by acks=all.`,
        `Each customer orders again when the order before has ended, in one process; ${ROUNDS} rounds of ${ROUND_SECONDS} s each, after ${WARM_SECONDS} s to get warm. Whether orders have ended is read from their table every 5 ms, all that are open with one statement, which PostgreSQL's CPU includes.`,
        `CPU is that of the processes; the share is of services, Kafka and PostgreSQL, without who orders. The order service also takes orders over HTTP and serves its own commands and outbox as the others do; what of its time the coordinator takes is from a profile of a run of its own. What a part calls counts for it; the broker's client and the driver answer to both, and count for nobody.`,
      ],
      figures: [
        ...found.rounds.flatMap(([customers, measured]) => figuresOf(customers, measured)),
        {
          what: `share of the order service in the CPU of services, Kafka and PostgreSQL, ${SHARED_AT} at once`,
          measured: percent(orderShare(shared)),
        },
        {
          what: `the same of the coordinator alone, ${SHARED_AT} at once`,
          measured: percent(orderShare(shared) * (parts.get(COORDINATOR) ?? 0)),
        },
      ],
      tables: [
        ...found.rounds.flatMap(([customers, measured]) => [
          ratesTable(`Orders, ${customers} at once`, [measured]),
          processesTable(`What each process spent, ${customers} at once`, [measured]),
        ]),
        partsTable(parts),
      ],
    }
  },
}

interface Found {
  rounds: readonly [customers: number, measured: Measured][]
  products: readonly string[]
  get(customers: number): Measured | undefined
}

async function ratesOf(load: OrdersLoadProcess): Promise<Found> {
  await using services = await startOrderServices()
  const rounds: [number, Measured][] = []
  for (const customers of CUSTOMERS) {
    console.log(`${customers} at once`)
    const side: Side<OrdersLoad> = {
      name: 'orders',
      load: loadOf(services, customers),
      processes: services.pids,
    }
    const [measured] = await interleaved(load, [side], ROUNDS, WARM_SECONDS)
    if (measured) rounds.push([customers, measured])
  }
  return {
    rounds,
    products: services.products,
    get: (customers) => rounds.find(([at]) => at === customers)?.[1],
  }
}

function loadOf({ url, databaseUrl }: OrderServices, customers: number): OrdersLoad {
  return { url, databaseUrl, connections: customers, seconds: ROUND_SECONDS, status: 200 }
}

function figuresOf(customers: number, measured: Measured): Figure[] {
  const atOnce = customers === 1 ? 'one at a time' : `${customers} at once`
  return [
    { what: `orders, ${atOnce}`, measured: `${count(medianOf(measured, ({ seen }) => seen.rate))}/s` },
    {
      what: `from POST to the final state, ${atOnce}`,
      measured: `p50 ${milliseconds(medianOf(measured, ({ seen }) => seen.p50Ms))}, p99 ${milliseconds(medianOf(measured, ({ seen }) => seen.p99Ms))}`,
    },
  ]
}

/** Of all that works for an order but who orders. */
function orderShare(measured: Measured): number {
  return medianOf(measured, ({ processes }) => {
    const working = Object.entries(processes).filter(([name]) => name !== 'load')
    const all = working.reduce((sum, [, { cpuSeconds }]) => sum + cpuSeconds, 0)
    return (processes['order service']?.cpuSeconds ?? 0) / all
  })
}

/** Where the order service's own time goes, under the same load in a run of its own. */
async function partsOf(load: OrdersLoadProcess): Promise<ReadonlyMap<string, number>> {
  using directory = temporaryDirectory()
  await using services = await startOrderServices(['--cpu-prof', `--cpu-prof-dir=${directory.path}`])
  console.log(`${SHARED_AT} at once, with a profile`)
  await load.run({ ...loadOf(services, SHARED_AT), seconds: WARM_SECONDS })
  await load.run(loadOf(services, SHARED_AT))
  await services.stop('order')
  const profiles = readdirSync(directory.path)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => JSON.parse(readFileSync(join(directory.path, name), 'utf8')))
  return sharesOfParts(profiles, partOf, PROFILE_FROM_MS)
}

/** The parts of the order service, by the files in which they are. Both commands and calls go by the broker's client. */
const PARTS: readonly [pattern: RegExp, part: string][] = [
  [/\/packages\/(coordinator|engine|store|client)\/|\/transport\/src\/kafka\/[^/]+$/, COORDINATOR],
  [/\/transport\/src\/kafka\/|@platformatic\/kafka/, "the broker's client, of both"],
  [
    /\/packages\/participant\/|\/order-saga\/src\/order\/(orders|commands)\.ts/,
    'its own commands and outbox',
  ],
  [/\/node_modules\/pg/, 'the driver of PostgreSQL, of both'],
  [/\/node_modules\/(@?fastify|find-my-way|zod)|node:_http|\/order-saga\//, 'HTTP'],
]

const partOf: PartOf = (url, functionName) => {
  if (functionName === '(garbage collector)') return 'garbage collection'
  return PARTS.find(([pattern]) => pattern.test(url))?.[1]
}

function partsTable(parts: ReadonlyMap<string, number>): Table {
  return {
    title: `Where the order service's own time goes, ${SHARED_AT} at once`,
    head: ['part', 'share'],
    rows: [...parts].sort(([, one], [, other]) => other - one).map(([part, share]) => [part, percent(share)]),
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
