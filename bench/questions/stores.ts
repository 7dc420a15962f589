import { interleaved, type Measured, type Side } from '../measure/rounds.ts'
import { type BenchDatabase, DATABASES } from '../processes/database.ts'
import { startLoad } from '../processes/load.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import { processesTable, ratesTable, ratioFigure } from '../report/rounds-table.ts'
import { BODY } from './coordinator.ts'
import type { Question } from './question.ts'

const CONNECTIONS = [64, 256] as const
const ROUNDS = 5
const ROUND_SECONDS = 3
const WARM_SECONDS = 5

/** What the rate on each has to be at least, of that on SQLite; undefined where nothing is asked for. */
const STORES = [
  { name: 'PostgreSQL', start: DATABASES.postgres, ratioMin: 0.4 },
  { name: 'MariaDB', start: DATABASES.mariadb, ratioMin: 0.4 },
  { name: 'Redis', start: DATABASES.redis, ratioMin: 0.6 },
  { name: 'Redis everysec', start: DATABASES.redisEverysec, ratioMin: undefined },
] as const

interface RunningStore {
  name: string
  url: string
  processes: Readonly<Record<string, number>>
}

export const stores: Question = {
  name: 'stores',
  async answer() {
    await using cleanup = new AsyncDisposableStack()
    const databases: BenchDatabase[] = []
    const running = [await startOn('SQLite', undefined, cleanup)]
    for (const { name, start } of STORES) {
      const database = cleanup.use(await start())
      databases.push(database)
      running.push(await startOn(name, database, cleanup))
    }
    await using load = await startLoad()
    const found: { connections: number; measured: readonly Measured[] }[] = []
    for (const connections of CONNECTIONS) {
      console.log(`${connections} at once`)
      const sides = running.map((store) => sideOf(store, connections))
      found.push({ connections, measured: await interleaved(load, sides, ROUNDS, WARM_SECONDS) })
    }
    return {
      question: 'stores',
      asks: 'What does a database cost in place of the embedded store? Sagas of two branches without a URL, submitted with a wait for their end, durable, on each store.',
      settings: [
        '`assent start` with its defaults but for the store: one line of audit for each transaction, written to a file.',
        `The databases, each on this machine: ${databases.map(({ product }) => product).join(', ')}. What is acknowledged survives a power cut: SQLite \`synchronous=FULL\`, PostgreSQL \`synchronous_commit=on\`, MariaDB \`innodb_flush_log_at_trx_commit=1\`, Redis \`appendfsync always\`; but Redis with \`appendfsync everysec\` may lose a second.`,
        `One autocannon process; ${ROUNDS} rounds of ${ROUND_SECONDS} s a side, in turns, after ${WARM_SECONDS} s each to get warm; the others are idle meanwhile. Servers, databases and load share the cores.`,
      ],
      figures: found.flatMap(({ connections, measured }) => figuresOf(connections, measured)),
      tables: found.flatMap(({ connections, measured }) => [
        ratesTable(`Rates, ${connections} at once`, measured),
        processesTable(`What each process spent, ${connections} at once`, measured),
      ]),
    }
  },
}

async function startOn(
  name: string,
  database: BenchDatabase | undefined,
  cleanup: AsyncDisposableStack,
): Promise<RunningStore> {
  const { path } = cleanup.use(temporaryDirectory())
  const server = cleanup.use(
    await startServer({ directory: path, environment: database?.place().environment ?? {} }),
  )
  return {
    name,
    url: server.url,
    processes: { server: server.pid, ...(database === undefined ? {} : { database: database.pid }) },
  }
}

function sideOf({ name, url, processes }: RunningStore, connections: number): Side {
  const load = { url: `${url}/api/tx`, body: BODY, connections, seconds: ROUND_SECONDS, status: 201 }
  return { name, load, processes }
}

function figuresOf(connections: number, [sqlite, ...others]: readonly Measured[]) {
  if (sqlite === undefined) return []
  return others.map((other, place) =>
    ratioFigure(
      `rate on ${other.side.name} to that on SQLite, ${connections} at once`,
      other,
      sqlite,
      STORES[place]?.ratioMin,
    ),
  )
}
