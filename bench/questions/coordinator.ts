import { interleaved, type Measured, type Side } from '../measure/rounds.ts'
import { startBareRoutes } from '../processes/bare-route.ts'
import { type Load, startLoad } from '../processes/load.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import { processesTable, ratesTable, ratioFigure } from '../report/rounds-table.ts'
import type { Question } from './question.ts'

const CONNECTIONS = [64, 256] as const
const ROUNDS = 7
const ROUND_SECONDS = 3
const WARM_SECONDS = 5
const RATIO_MIN = 0.4

/** Branches without a URL are done at once, so that nothing is left but the coordinator. */
export const BODY = JSON.stringify({ name: 'nothing', branches: [{}, {}], wait: true })

function loadOf(url: string, connections: number): Load {
  return { url, body: BODY, connections, seconds: ROUND_SECONDS, status: 201 }
}

export const coordinator: Question = {
  name: 'coordinator',
  profiled: (server) => loadOf(`${server.url}/api/tx`, CONNECTIONS[0]),
  async answer() {
    using directory = temporaryDirectory()
    await using server = await startServer({ directory: directory.path })
    await using bare = await startBareRoutes(server)
    await using load = await startLoad()
    const found: { connections: number; measured: readonly Measured[] }[] = []
    for (const connections of CONNECTIONS) {
      console.log(`${connections} at once`)
      const sides: Side[] = [
        {
          name: 'Assent',
          load: loadOf(`${server.url}/api/tx`, connections),
          processes: { server: server.pid },
        },
        { name: 'bare route', load: loadOf(bare.answers, connections), processes: { server: bare.pid } },
      ]
      found.push({ connections, measured: await interleaved(load, sides, ROUNDS, WARM_SECONDS) })
    }
    return {
      question: 'coordinator',
      asks: 'What does the coordinator cost by itself? Sagas of two branches without a URL, submitted with a wait for their end, against a route that takes the same body and only answers.',
      settings: [
        '`assent start` with its defaults: SQLite with full sync, one line of audit for each transaction, written to a file.',
        'The bare route is Fastify with the schema that the server publishes for `POST /api/tx`; it answers with a new id.',
        `One autocannon process; ${ROUNDS} rounds of ${ROUND_SECONDS} s a side, in turns, after ${WARM_SECONDS} s each to get warm.`,
      ],
      figures: found.flatMap(({ connections, measured: [assent, route] }) =>
        assent && route
          ? [
              ratioFigure(
                `rate of Assent to that of the bare route, ${connections} at once`,
                assent,
                route,
                RATIO_MIN,
              ),
            ]
          : [],
      ),
      tables: found.flatMap(({ connections, measured }) => [
        ratesTable(`Rates, ${connections} at once`, measured),
        processesTable(`What each process spent, ${connections} at once`, measured),
      ]),
    }
  },
}
