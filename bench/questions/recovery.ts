import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../measure/median.ts'
import { startLoad } from '../processes/load.ts'
import { type Participant, startParticipant } from '../processes/participant.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import { type Usage, usageOf } from '../processes/usage.ts'
import { count, megabytes, microseconds, milliseconds, seconds } from '../report/words.ts'
import type { Question } from './question.ts'

const UNFINISHED = 10_000
const CONNECTIONS = 64
const ROUNDS = 3
const LOOK_INTERVAL_MS = 20
const FINISHED_MAX_MS = 120_000
const PAGE = 1_000
const OPEN_STATUSES = ['SUBMITTED', 'COMMITTING', 'ABORTING'] as const

interface Round {
  acceptedMs: number
  healthyMs: number
  finishedMs: number
  usage: Usage
}

export const recovery: Question = {
  name: 'recovery',
  async answer() {
    await using participant = await startParticipant()
    const rounds: Round[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const one = await recover(participant)
      rounds.push(one)
      console.log(
        `  round ${round}/${ROUNDS}: healthy after ${seconds(one.healthyMs / 1_000)}, all finished after ${seconds(one.finishedMs / 1_000)}`,
      )
    }
    const finishedMs = median(rounds.map((round) => round.finishedMs))
    const each = (finishedMs * 1_000) / UNFINISHED
    return {
      question: 'recovery',
      asks: `How long does it take to finish what a killed server left? ${count(UNFINISHED)} sagas of two HTTP branches, none of which had an answer when the server was killed.`,
      settings: [
        'The participant holds every call while the transactions are accepted; then the server gets `kill -9`, the participant answers again, and a new server starts on the same data directory.',
        'Time runs from the start of the new process until no transaction is open any more; then every one of them is read, and must be committed.',
        `${ROUNDS} rounds, each with a store of its own; medians.`,
      ],
      figures: [
        {
          what: `${count(UNFINISHED)} unfinished transactions are finished after`,
          measured: seconds(finishedMs / 1_000),
        },
        { what: 'for each of them', measured: microseconds(each) },
        {
          what: 'the new server is healthy after',
          measured: milliseconds(median(rounds.map((round) => round.healthyMs))),
        },
      ],
      tables: [
        {
          title: 'Rounds',
          head: [
            'round',
            `${count(UNFINISHED)} accepted in`,
            'healthy after',
            'all finished after',
            'CPU of the new server',
            'its RSS',
          ],
          rows: rounds.map((round, place) => [
            String(place + 1),
            seconds(round.acceptedMs / 1_000),
            milliseconds(round.healthyMs),
            seconds(round.finishedMs / 1_000),
            seconds(round.usage.cpuSeconds),
            megabytes(round.usage.rssMib),
          ]),
        },
      ],
    }
  },
}

async function recover(participant: Participant): Promise<Round> {
  using directory = temporaryDirectory()
  participant.hold()
  const acceptedMs = await leaveUnfinished(directory.path, participant)
  participant.release()
  const beganMs = performance.now()
  await using server = await startServer({ directory: directory.path })
  while (await hasOpen(server.url)) {
    if (performance.now() - beganMs > FINISHED_MAX_MS) throw new Error('not all transactions were finished')
    await sleep(LOOK_INTERVAL_MS)
  }
  const finishedMs = performance.now() - beganMs
  const usage = usageOf(server.pid)
  const committed = await countCommitted(server.url)
  if (committed !== UNFINISHED) throw new Error(`${committed} of ${UNFINISHED} were committed`)
  return { acceptedMs, healthyMs: server.startedMs, finishedMs, usage }
}

async function leaveUnfinished(directory: string, { held, done }: Participant): Promise<number> {
  await using server = await startServer({ directory })
  await using load = await startLoad()
  const payload = { account: 'alice', amount: 100, currency: 'EUR', reference: 'invoice 4711' }
  const branch = { action: held, compensate: done, payload }
  const body = JSON.stringify({ name: 'transfer', branches: [branch, branch] })
  const url = `${server.url}/api/tx`
  const beganMs = performance.now()
  await load.run({ url, body, connections: CONNECTIONS, seconds: 0, amount: UNFINISHED, status: 201 })
  const acceptedMs = performance.now() - beganMs
  await server.kill()
  return acceptedMs
}

async function hasOpen(url: string): Promise<boolean> {
  for (const status of OPEN_STATUSES) {
    if ((await page(`${url}/api/tx?status=${status}&limit=1`)).count > 0) return true
  }
  return false
}

async function countCommitted(url: string): Promise<number> {
  let committed = 0
  let cursor: string | null = null
  do {
    const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const next = await page(`${url}/api/tx?status=COMMITTED&limit=${PAGE}${from}`)
    committed += next.count
    cursor = next.cursor
  } while (cursor !== null)
  return committed
}

async function page(url: string): Promise<{ count: number; cursor: string | null }> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  const transactions = (await answer.json()) as unknown[]
  return { count: transactions.length, cursor: answer.headers.get('x-next-cursor') }
}
