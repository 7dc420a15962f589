import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../measure/median.ts'
import { type Participant, startParticipant } from '../processes/participant.ts'
import { startServer, temporaryDirectory } from '../processes/server.ts'
import { type Usage, usageOf } from '../processes/usage.ts'
import { count, megabytes, microseconds, milliseconds, seconds } from '../report/words.ts'
import { acceptHeld, countTransactions, hasOpen } from './open-transactions.ts'
import type { Question } from './question.ts'

const UNFINISHED = 10_000
const ROUNDS = 3
const LOOK_INTERVAL_MS = 20
const FINISHED_MAX_MS = 120_000

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
  const committed = await countTransactions(server.url, 'COMMITTED')
  if (committed !== UNFINISHED) throw new Error(`${committed} of ${UNFINISHED} were committed`)
  return { acceptedMs, healthyMs: server.startedMs, finishedMs, usage }
}

async function leaveUnfinished(directory: string, participant: Participant): Promise<number> {
  await using server = await startServer({ directory })
  const acceptedMs = await acceptHeld(server.url, participant, UNFINISHED)
  await server.kill()
  return acceptedMs
}
