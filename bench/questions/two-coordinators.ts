import { type StoreWork, storeWorkOf } from '../measure/metrics.ts'
import { interleaved, type Measured, medianOf, type Side } from '../measure/rounds.ts'
import { type BenchDatabase, DATABASES } from '../processes/database.ts'
import { startLoad } from '../processes/load.ts'
import { type Participant, startParticipant } from '../processes/participant.ts'
import { type AssentServer, startServer, temporaryDirectory } from '../processes/server.ts'
import type { Figure, Table } from '../report/finding.ts'
import { processesTable, ratesTable, ratioFigure } from '../report/rounds-table.ts'
import { count, microseconds, ratio } from '../report/words.ts'
import { transfer } from './price.ts'
import type { Question } from './question.ts'

const CONNECTIONS = 64
const ROUNDS = 7
const ROUND_SECONDS = 4
const WARM_SECONDS = 6
const RATE_MIN = 0.95
/** How much more two may spend on a transaction than one: store writes, and CPU. */
const COST_MAX = 1.1
const CONFLICTS_MAX = 0.01

/** Processes whose CPU is the price of coordinating: not that of the load, nor of what is called. */
const NOT_OURS = ['load', 'participant']

export const twoCoordinators: Question = {
  name: 'two-coordinators',
  async answer() {
    await using cleanup = new AsyncDisposableStack()
    const participant = cleanup.use(await startParticipant())
    const database = cleanup.use(await DATABASES.postgres())
    // Each side has a schema of its own, so that neither drives what the other left.
    const alone = await startOn(database, 'one', cleanup)
    const both = [await startOn(database, 'two', cleanup), await startOn(database, 'two', cleanup)]
    const load = cleanup.use(await startLoad())
    const sides = [
      sideOf('one coordinator', [alone], participant, database),
      sideOf('two coordinators', both, participant, database),
    ]
    const measured = await interleaved(load, sides, ROUNDS, WARM_SECONDS)
    const [one, two] = measured
    if (one === undefined || two === undefined) throw new Error('a side was not measured')
    const oneWork = await storeWorkOf([alone.url])
    const twoWork = await storeWorkOf(both.map(({ url }) => url))
    return {
      question: 'two-coordinators',
      asks: 'What does it cost that two coordinators share a store? Sagas of two HTTP branches, submitted with a wait for their end, half of them to each coordinator, against one coordinator that gets them all.',
      settings: [
        `\`assent start\` with its defaults but for the store, which is ${database.product} on this machine with \`synchronous_commit=on\`; one line of audit for each transaction, written to a file.`,
        `${CONNECTIONS} requests at once from one autocannon process; ${ROUNDS} rounds of ${ROUND_SECONDS} s a side, in turns, after ${WARM_SECONDS} s each to get warm. Both sides share the cores with the database, the participant and the load.`,
        'Store writes and version conflicts are what the coordinators count in `/metrics` from their start on; CPU is that of coordinators and database together, for each answer.',
      ],
      figures: [
        ratioFigure('rate of two to that of one', two, one, RATE_MIN),
        costFigure('rows written for a transaction, of two to one', rowsEach(twoWork) / rowsEach(oneWork)),
        costFigure('CPU for a transaction, of two to one', cpuEach(two) / cpuEach(one)),
        conflictsFigure(twoWork),
      ],
      tables: [
        ratesTable('Rates', measured),
        processesTable('What each process spent', measured),
        workTable([
          ['one coordinator', oneWork, one],
          ['two coordinators', twoWork, two],
        ]),
      ],
    }
  },
}

async function startOn(
  database: BenchDatabase,
  schema: string,
  cleanup: AsyncDisposableStack,
): Promise<AssentServer> {
  const { path } = cleanup.use(temporaryDirectory())
  return cleanup.use(await startServer({ directory: path, environment: database.place(schema).environment }))
}

function sideOf(
  name: string,
  servers: readonly AssentServer[],
  participant: Participant,
  database: BenchDatabase,
): Side {
  const coordinators = servers.map(({ pid }, place): [string, number] => [`coordinator ${place + 1}`, pid])
  return {
    name,
    load: {
      url: servers.map(({ url }) => `${url}/api/tx`),
      body: transfer(participant),
      connections: CONNECTIONS,
      seconds: ROUND_SECONDS,
      status: 201,
    },
    processes: {
      ...Object.fromEntries(coordinators),
      database: database.pid,
      participant: participant.pid,
    },
  }
}

const rowsEach = ({ rows, accepted }: StoreWork): number => rows / accepted
const conflictsShare = ({ conflicts, rows }: StoreWork): number => conflicts / rows

/** Microseconds that coordinators and database spend on one answer. */
function cpuEach(measured: Measured): number {
  return medianOf(measured, ({ processes }) =>
    Object.entries(processes)
      .filter(([name]) => !NOT_OURS.includes(name))
      .reduce((sum, [, spent]) => sum + spent.cpuMicroseconds, 0),
  )
}

function costFigure(what: string, found: number): Figure {
  return { what, measured: ratio(found), target: `at most ${COST_MAX}`, met: found <= COST_MAX }
}

function conflictsFigure(work: StoreWork): Figure {
  const share = conflictsShare(work)
  return {
    what: 'writes of two that found another version',
    measured: percent(share),
    target: `under ${percent(CONFLICTS_MAX)}`,
    met: share < CONFLICTS_MAX,
  }
}

function workTable(sides: readonly [name: string, work: StoreWork, measured: Measured][]): Table {
  return {
    title: 'What a transaction cost',
    head: ['', 'transactions', 'rows written for each', 'rows in a commit', 'conflicts', 'CPU for each'],
    rows: sides.map(([name, work, measured]) => [
      name,
      count(work.accepted),
      ratio(rowsEach(work)),
      ratio(work.rows / work.commits),
      percent(conflictsShare(work)),
      microseconds(cpuEach(measured)),
    ]),
  }
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`
