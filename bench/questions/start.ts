import { interleaved, medianOf } from '../measure/rounds.ts'
import { type Load, startLoad } from '../processes/load.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import type { Figure } from '../report/finding.ts'
import { processesTable, ratesTable } from '../report/rounds-table.ts'
import { count, milliseconds } from '../report/words.ts'
import type { Question } from './question.ts'

const CONNECTIONS = [1, 16, 64] as const
/** With more at once than the machine has cores, the time of one is mostly that of the others before it. */
const LATENCY_FLOOR_UP_TO = 16
const P50_MAX_MS = 1
const RATE_MIN = 1_000
const ROUNDS = 5
const ROUND_SECONDS = 3
const WARM_SECONDS = 4

const BODY = JSON.stringify({ name: 'transfer', payload: { from: 'alice', to: 'bob', amount: 100 } })

function loadOf(server: { url: string }, connections: number): Load {
  return { url: `${server.url}/api/start`, body: BODY, connections, seconds: ROUND_SECONDS, status: 200 }
}

export const start: Question = {
  name: 'start',
  profiled: (server) => loadOf(server, 16),
  async answer() {
    using directory = temporaryDirectory()
    await using server = await startServer({ directory: directory.path })
    await using load = await startLoad()
    const sides = CONNECTIONS.map((connections) => ({
      name: `${connections} at once`,
      load: loadOf(server, connections),
      processes: { server: server.pid },
    }))
    const measured = await interleaved(load, sides, ROUNDS, WARM_SECONDS)
    const figures = measured.flatMap((side): Figure[] => {
      const p50Ms = medianOf(side, ({ seen }) => seen.p50Ms)
      const rate = medianOf(side, ({ seen }) => seen.rate)
      const { name, load } = side.side
      const floors: Figure[] = [
        {
          what: `starts, ${name}`,
          measured: `${count(rate)}/s`,
          target: `over ${count(RATE_MIN)}/s`,
          met: rate > RATE_MIN,
        },
      ]
      const p50: Figure = { what: `p50 of a start, ${name}`, measured: milliseconds(p50Ms) }
      if (load.connections > LATENCY_FLOOR_UP_TO) return [...floors, p50]
      return [...floors, { ...p50, target: `under ${P50_MAX_MS} ms`, met: p50Ms < P50_MAX_MS }]
    })
    return {
      question: 'start',
      asks: 'How long does it take to start a transaction durably? `POST /api/start`.',
      settings: [
        '`assent start` with its defaults: SQLite with full sync, one line of audit for each start, written to a file. No answer is given before its row is on disk.',
        `One autocannon process; ${ROUNDS} rounds of ${ROUND_SECONDS} s each, in turns, after ${WARM_SECONDS} s each to get warm.`,
      ],
      figures,
      tables: [ratesTable('Rates', measured), processesTable('What each process spent', measured)],
    }
  },
}
