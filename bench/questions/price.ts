import { interleaved, type Side } from '../measure/rounds.ts'
import { startBareRoutes } from '../processes/bare-route.ts'
import { type Load, startLoad } from '../processes/load.ts'
import { type Participant, startParticipant } from '../processes/participant.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import { processesTable, ratesTable, ratioFigure } from '../report/rounds-table.ts'
import type { Question } from './question.ts'

const CONNECTIONS = 64
const ROUNDS = 7
const ROUND_SECONDS = 4
const WARM_SECONDS = 6
const RATIO_MIN = 0.6

/** A transfer between two services: what each is sent, and what undoes it. */
export function transfer({ done }: Participant): string {
  const branch = (amount: number) => ({
    action: done,
    compensate: done,
    payload: { account: 'alice', amount, currency: 'EUR', reference: 'invoice 4711' },
  })
  return JSON.stringify({ name: 'transfer', branches: [branch(-100), branch(100)], wait: true })
}

function loadOf(url: string, participant: Participant): Load {
  return { url, body: transfer(participant), connections: CONNECTIONS, seconds: ROUND_SECONDS, status: 201 }
}

export const price: Question = {
  name: 'price',
  profiled: (server, participant) => loadOf(`${server.url}/api/tx`, participant),
  async answer() {
    using directory = temporaryDirectory()
    await using participant = await startParticipant()
    await using server = await startServer({ directory: directory.path })
    await using bare = await startBareRoutes(server)
    await using load = await startLoad()
    const sides: readonly [Side, Side] = [
      {
        name: 'Assent',
        load: loadOf(`${server.url}/api/tx`, participant),
        processes: { server: server.pid, participant: participant.pid },
      },
      {
        name: 'bare route',
        load: loadOf(bare.calls, participant),
        processes: { server: bare.pid, participant: participant.pid },
      },
    ]
    const measured = await interleaved(load, sides, ROUNDS, WARM_SECONDS)
    const [assent, route] = measured as [(typeof measured)[0], (typeof measured)[0]]
    return {
      question: 'price',
      asks: 'What does a transaction cost? Sagas of two HTTP branches, submitted with a wait for their end, against a bare route that makes the same two calls and keeps nothing.',
      settings: [
        '`assent start` with its defaults: SQLite with full sync, one line of audit for each transaction, written to a file.',
        'The bare route is Fastify with the schema that the server publishes for `POST /api/tx`; it takes the same body, makes both calls at once by `Agent.dispatch` of undici on as many connections as Assent has, and answers when both have answered.',
        'The participant is one `node:http` process that answers 200 `{}` at once; both sides call the same one.',
        `${CONNECTIONS} requests at once from one autocannon process; ${ROUNDS} rounds of ${ROUND_SECONDS} s a side, in turns, after ${WARM_SECONDS} s each to get warm.`,
      ],
      figures: [ratioFigure('rate of Assent to that of the bare route', assent, route, RATIO_MIN)],
      tables: [ratesTable('Rates', measured), processesTable('What each process spent', measured)],
    }
  },
}
