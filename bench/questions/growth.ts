import { setTimeout as sleep } from 'node:timers/promises'
import { interleaved, type Measured, medianOf, type Side } from '../measure/rounds.ts'
import { type BenchDatabase, DATABASES } from '../processes/database.ts'
import { type LoadProcess, startLoad } from '../processes/load.ts'
import { type Participant, startParticipant } from '../processes/participant.ts'
import { type AssentServer, startServer, temporaryDirectory } from '../processes/server.ts'
import { inDirectory, type StorePlace } from '../processes/store-place.ts'
import { usageOf } from '../processes/usage.ts'
import type { Finding } from '../report/finding.ts'
import { processesTable, ratesTable, ratioFigure } from '../report/rounds-table.ts'
import { count, megabytes } from '../report/words.ts'
import { fill } from '../seed/fill.ts'
import { transfer } from './price.ts'
import type { Question } from './question.ts'

const ENDED = 1_000_000
const PARKED = 100_000
const CONNECTIONS = 64
const ROUNDS = 7
const ROUND_SECONDS = 4
const WARM_SECONDS = 6
const RATIO_MIN = 0.9
const PARKED_MAX_MIB = 100
const HOUR_MS = 3_600_000
/** How long after its last call a transaction has left memory. */
const PARKED_AFTER_MS = 3_000
/** Before each look at the memory, so much ordinary work that garbage of what went before is collected. */
const ORDINARY_WORK = 20_000

/** Its second branch is asked to be called again in an hour, so that it parks. */
function parking({ done, later }: Participant): string {
  const payload = { account: 'alice', amount: 100, currency: 'EUR', reference: 'invoice 4711' }
  const branches = [done, later].map((action) => ({ action, compensate: done, payload }))
  const options = { retry_max_interval_ms: HOUR_MS, timeout_to_fail_ms: 2 * HOUR_MS }
  return JSON.stringify({ name: 'transfer', branches, options })
}

/** The stores that are compared, with the process of the database if there is one. */
interface Compared {
  full: StorePlace
  empty: StorePlace
  databases?: { full: BenchDatabase; empty: BenchDatabase }
}

/** Each has a store of its own, so that neither spends the memory of the other. */
async function onDatabases(
  start: () => Promise<BenchDatabase>,
  cleanup: AsyncDisposableStack,
): Promise<Compared> {
  const full = cleanup.use(await start())
  const empty = cleanup.use(await start())
  return { full: full.place(), empty: empty.place(), databases: { full, empty } }
}

export const growth: Question = growthOn('growth', async (cleanup) => ({
  full: inDirectory(cleanup.use(temporaryDirectory()).path),
  empty: inDirectory(cleanup.use(temporaryDirectory()).path),
}))

export const growthPostgres: Question = growthOn('growth-postgres', (cleanup) =>
  onDatabases(DATABASES.postgres, cleanup),
)

export const growthRedis: Question = growthOn('growth-redis', (cleanup) =>
  onDatabases(DATABASES.redis, cleanup),
)

function growthOn(name: string, begin: (cleanup: AsyncDisposableStack) => Promise<Compared>): Question {
  return {
    name,
    async answer() {
      await using cleanup = new AsyncDisposableStack()
      const compared = await begin(cleanup)
      await using participant = await startParticipant()
      await fill(compared.full, participant, { ended: ENDED, parked: PARKED })
      await using load = await startLoad()
      const found = await compare(load, participant, compared)
      using directory = temporaryDirectory()
      await using alone = await startServer({
        directory: directory.path,
        environment: compared.empty.environment,
      })
      const parked = await park(load, participant, alone)
      return finding(name, compared, found, parked)
    },
  }
}

interface Found {
  measured: readonly Measured[]
  memory: { emptyAtStart: number; fullAtStart: number }
  startedMs: number
}

/** The rates with much and with nothing in the store. */
async function compare(load: LoadProcess, participant: Participant, compared: Compared): Promise<Found> {
  using emptyDirectory = temporaryDirectory()
  using fullDirectory = temporaryDirectory()
  const begin = (directory: string, { environment }: StorePlace) => startServer({ directory, environment })
  await using empty = await begin(emptyDirectory.path, compared.empty)
  await using full = await begin(fullDirectory.path, compared.full)
  const memory = { emptyAtStart: usageOf(empty.pid).rssMib, fullAtStart: usageOf(full.pid).rssMib }
  const side = (name: string, server: AssentServer, database: BenchDatabase | undefined): Side => ({
    name,
    load: {
      url: `${server.url}/api/tx`,
      body: transfer(participant),
      connections: CONNECTIONS,
      seconds: ROUND_SECONDS,
      status: 201,
    },
    processes: {
      server: server.pid,
      ...(database === undefined ? {} : { database: database.pid }),
      participant: participant.pid,
    },
  })
  const sides = [
    side('full store', full, compared.databases?.full),
    side('empty store', empty, compared.databases?.empty),
  ]
  const measured = await interleaved(load, sides, ROUNDS, WARM_SECONDS)
  return { measured, memory, startedMs: full.startedMs }
}

/** What a process's memory grows by when it parks so many. */
async function park(load: LoadProcess, participant: Participant, server: AssentServer) {
  const url = `${server.url}/api/tx`
  const common = { url, connections: CONNECTIONS, seconds: 0, status: 201 }
  const ordinary = { ...common, body: transfer(participant), amount: ORDINARY_WORK }
  // Twice: the heap grows with the first work it ever does, whatever that is.
  await load.run(ordinary)
  await load.run(ordinary)
  const before = usageOf(server.pid).rssMib
  console.log(`  ${megabytes(before)} before ${count(PARKED)} transactions are parked`)
  await load.run({ ...common, body: parking(participant), amount: PARKED })
  await sleep(PARKED_AFTER_MS)
  await load.run(ordinary)
  const after = usageOf(server.pid).rssMib
  console.log(`  ${megabytes(after)} after`)
  return { before, after }
}

function finding(
  question: string,
  { databases }: Compared,
  { measured, memory, startedMs }: Found,
  parked: { before: number; after: number },
): Finding {
  const [full, empty] = measured
  const cost = parked.after - parked.before
  const rss = (side: Measured | undefined): number =>
    side === undefined
      ? Number.NaN
      : medianOf(side, ({ processes }) => processes.server?.rssMib ?? Number.NaN)
  return {
    question,
    asks: `Does it slow down as the store fills? Sagas of two HTTP branches with ${count(ENDED)} ended and ${count(PARKED)} parked transactions in the store, against an empty store.`,
    settings: [
      databases === undefined
        ? 'Two servers with their defaults, each with a data directory of its own; one is loaded at a time.'
        : `Two servers with their defaults but for the store, each with a ${databases.full.product} of its own on this machine; one is loaded at a time.`,
      'The full store holds copies of real transactions, made through the store itself: 9 of 10 of the ended ones committed, the others aborted; the parked ones are started and not yet submitted, or wait an hour for their participant, and one of 100 of them wants attention.',
      `${CONNECTIONS} requests at once from one autocannon process; ${ROUNDS} rounds of ${ROUND_SECONDS} s a side, in turns, after ${WARM_SECONDS} s each to get warm.`,
      `For the cost of parking, one server is given ${count(PARKED)} transactions whose second branch asks to be called again in an hour; its memory is read before and after, each time behind ${count(ORDINARY_WORK)} ordinary transactions.`,
    ],
    figures: [
      ...(full && empty
        ? [ratioFigure('rate with a full store to that with an empty one', full, empty, RATIO_MIN)]
        : []),
      {
        what: `memory that ${count(PARKED)} transactions cost the process that parks them`,
        measured: megabytes(cost),
        target: `under ${PARKED_MAX_MIB} MiB`,
        met: cost < PARKED_MAX_MIB,
      },
      {
        what: 'start of a server with a full store, until it is healthy',
        measured: `${startedMs.toFixed(0)} ms`,
      },
    ],
    tables: [
      ratesTable('Rates', measured),
      processesTable('What each process spent', measured),
      {
        title: 'Memory of the server',
        head: ['', 'full store', 'empty store'],
        rows: [
          ['right after its start', megabytes(memory.fullAtStart), megabytes(memory.emptyAtStart)],
          ['under load', megabytes(rss(full)), megabytes(rss(empty))],
        ],
      },
    ],
  }
}
