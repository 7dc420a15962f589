import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../measure/median.ts'
import { metricIn, readMetrics } from '../measure/metrics.ts'
import { DATABASES } from '../processes/database.ts'
import { type Participant, startParticipant } from '../processes/participant.ts'
import { type AssentServer, startServer, temporaryDirectory } from '../processes/server.ts'
import type { StorePlace } from '../processes/store-place.ts'
import { type Usage, usageOf } from '../processes/usage.ts'
import { count, megabytes, seconds } from '../report/words.ts'
import { acceptHeld, countTransactions, hasOpen } from './open-transactions.ts'
import type { Question } from './question.ts'

const ORPHANS = 10_000
const ROUNDS = 3
/** The default of `exec.lease_secs`. */
const LEASE_MS = 10_000
const TAKEN_OVER_MAX_MS = LEASE_MS + 2_000
/** How often it is looked, so that looking costs little. */
const LOOK_INTERVAL_MS = 100
const FINISHED_MAX_MS = 180_000

/** Times are from the kill. */
interface Round {
  acceptedMs: number
  takenOverMs: number
  finishedMs: number
  usage: Usage
}

export const orphans: Question = {
  name: 'orphans',
  async answer() {
    await using participant = await startParticipant()
    await using database = await DATABASES.postgres()
    const rounds: Round[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const one = await orphan(participant, database.place(`round_${round}`))
      rounds.push(one)
      console.log(
        `  round ${round}/${ROUNDS}: taken over after ${seconds(one.takenOverMs / 1_000)}, all finished after ${seconds(one.finishedMs / 1_000)}`,
      )
    }
    const takenOverMs = median(rounds.map((round) => round.takenOverMs))
    const finishedMs = median(rounds.map((round) => round.finishedMs))
    return {
      question: 'orphans',
      asks: `How long does it take another coordinator to take over and finish what a killed one left? ${count(ORPHANS)} sagas of two HTTP branches, none of which had an answer when their coordinator was killed.`,
      settings: [
        `Two servers with their defaults but for the store, which is ${database.product} on this machine; the lease is ${LEASE_MS / 1_000} s.`,
        'The participant holds every call while one server accepts the transactions; then that server gets `kill -9`, the participant answers again, and the other server, which was idle, takes over when the lease has run out.',
        'Taken over is what `/metrics` counts as taken up from the store; finished, that no transaction is open any more. Then every one of them is read, and must be committed.',
        `${ROUNDS} rounds, each in a schema of its own; medians. Times are from the kill.`,
      ],
      figures: [
        {
          what: `${count(ORPHANS)} orphans are taken over after`,
          measured: seconds(takenOverMs / 1_000),
          target: `at most ${seconds(TAKEN_OVER_MAX_MS / 1_000)}, the lease and 2 s`,
          met: takenOverMs <= TAKEN_OVER_MAX_MS,
        },
        { what: 'and finished after', measured: seconds(finishedMs / 1_000) },
      ],
      tables: [
        {
          title: 'Rounds',
          head: [
            'round',
            `${count(ORPHANS)} accepted in`,
            'taken over after',
            'finished after',
            'CPU of the other server',
            'its RSS',
          ],
          rows: rounds.map((round, place) => [
            String(place + 1),
            seconds(round.acceptedMs / 1_000),
            seconds(round.takenOverMs / 1_000),
            seconds(round.finishedMs / 1_000),
            seconds(round.usage.cpuSeconds),
            megabytes(round.usage.rssMib),
          ]),
        },
      ],
    }
  },
}

async function orphan(participant: Participant, { environment }: StorePlace): Promise<Round> {
  using directory = temporaryDirectory()
  using otherDirectory = temporaryDirectory()
  await using owner = await startServer({ directory: directory.path, environment })
  await using other = await startServer({ directory: otherDirectory.path, environment })
  participant.hold()
  const acceptedMs = await acceptHeld(owner.url, participant, ORPHANS)
  const before = usageOf(other.pid)
  const killedMs = performance.now()
  await owner.kill()
  participant.release()
  const since = (): number => performance.now() - killedMs
  const late = (): void => {
    if (since() > FINISHED_MAX_MS) throw new Error('not all transactions were finished')
  }
  while ((await takenUp(other)) < ORPHANS) {
    late()
    await sleep(LOOK_INTERVAL_MS)
  }
  const takenOverMs = since()
  while (await hasOpen(other.url)) {
    late()
    await sleep(LOOK_INTERVAL_MS)
  }
  const finishedMs = since()
  const after = usageOf(other.pid)
  const committed = await countTransactions(other.url, 'COMMITTED')
  if (committed !== ORPHANS) throw new Error(`${committed} of ${ORPHANS} were committed`)
  const usage = { ...after, cpuSeconds: after.cpuSeconds - before.cpuSeconds }
  return { acceptedMs, takenOverMs, finishedMs, usage }
}

async function takenUp({ url }: AssentServer): Promise<number> {
  return metricIn(await readMetrics(url), 'assent_recovered_transactions_total')
}
