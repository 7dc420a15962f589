import { isOngoing, isRefused, type Refused, refusalOf } from '@assent/contract'
import { BarrierUnavailable, type Business, type Returned } from '../barrier/barrier.ts'
import type { Call } from '../barrier/call.ts'
import { answerTo, type Conclusion, concludeRefused, concludeReturned } from '../barrier/conclusion.ts'
import { type Answer, repeated } from '../barrier/decision.ts'
import { storedAnswer } from '../barrier/stored.ts'
import { revocable } from '../databases/connection-guard.ts'
import { mustHaveCount } from '../databases/database.ts'
import { all, type Branches } from './branches.ts'
import type { AttemptId } from './dialect.ts'
import type { XaConnection } from './pools/pool.ts'
import type { Registration } from './registrations.ts'
import { takeRow } from './take-row.ts'
import { newToken } from './token.ts'

/**
 * Registers the branch, does the work, prepares it, acknowledges it: four steps, each durable before the next.
 *
 * Until it is acknowledged nobody has been told `done`, and what is prepared may be rolled back and done
 * again; from then on it may not, and every repeat is told the same. So an attempt that died in between
 * leaves nothing that has to be guessed.
 */
export async function prepare<Connection>(
  branches: Branches<Connection>,
  call: Call,
  business: Business<Connection>,
): Promise<Answer> {
  const begun = await register(branches, call)
  if ('outcome' in begun) return begun
  if (begun.state === 'prepared') return acknowledged(branches, call, begun)
  const token = begun.isNew ? begun.token : await startOver(branches, call, begun.token)
  try {
    const worked = await branches.restarting(() => work(branches, call, token, business))
    return 'outcome' in worked ? worked : await acknowledge(branches, attemptAt(call, token), worked)
  } catch (thrown) {
    if (!isRefused(thrown)) throw thrown
    return await keepRefusal(branches, call, token, thrown)
  }
}

function attemptAt({ gid, branchId }: Call, token: string): AttemptId {
  return { gid, branchId, token }
}

type Begun = Registration & { isNew: boolean }

/** What is known of the branch, or the answer that it has already. */
function register(branches: Branches<unknown>, call: Call): Promise<Begun | Answer> {
  const { rows, registrations } = branches
  const token = newToken()
  return branches.write(async (session) => {
    await session.run(registrations.register(call, token))
    const found = registrations.found(await session.run(registrations.find(call)))
    if (found === undefined) throw new Error('a registration was neither inserted nor found')
    const stored = rows.found(await session.run(rows.look(call)))
    if (stored === undefined) return { ...found, isNew: found.token === token }
    if (found.token === token) await session.run(registrations.forget(call))
    return repeated(call.op, stored)
  })
}

/** Says again what was acknowledged, if it is still so. */
async function acknowledged(
  branches: Branches<unknown>,
  call: Call,
  { token, answer }: Registration,
): Promise<Answer> {
  const prepared = await branches.preparedOf(call)
  if (prepared.some((each) => each.token === token)) {
    return repeated(call.op, storedAnswer('prepare', 'done', answer))
  }
  const { rows } = branches
  const stored = rows.found(await branches.read((session) => session.run(rows.look(call))))
  if (stored !== undefined) return repeated(call.op, stored)
  throw new BarrierUnavailable('what was prepared here is gone: somebody has ended it by hand')
}

/**
 * Takes the place of an attempt that has not acknowledged. The token goes first: whoever had it can't say
 * `done` any more of what is rolled back here. And only what was there before is rolled back: a later attempt may
 * acknowledge its own while this one still waits to send its word.
 */
async function startOver(branches: Branches<unknown>, call: Call, fromToken: string): Promise<string> {
  const prepared = await branches.preparedOf(call)
  if (prepared.length === 0) return fromToken
  const { registrations } = branches
  const token = newToken()
  const { count } = await branches.write((session) =>
    session.run(registrations.takeOver(call, token, fromToken)),
  )
  if (count !== 1) throw new BarrierUnavailable('another attempt of this prepare went on meanwhile')
  await branches.end(prepared, 'rollback')
  return token
}

/** One attempt on a connection of its own: the answer that stands there, or what has been prepared. */
async function work<Connection>(
  branches: Branches<Connection>,
  call: Call,
  token: string,
  business: Business<Connection>,
): Promise<Answer | Conclusion> {
  const { dialect, lockTimeoutMs } = branches
  const attempt = attemptAt(call, token)
  const taken = await branches.take()
  let isSound = false
  try {
    await dialect.begin(taken.session, attempt)
    try {
      await all(taken.session, dialect.limitWaits(lockTimeoutMs))
      const worked = await passRow(branches, call, taken, business)
      if ('outcome' in worked) {
        await abandon()
        return worked
      }
      await dialect.prepare(taken.session, attempt)
      isSound = dialect.keepsConnections
      return worked
    } catch (thrown) {
      // Where even that fails the connection is closed, and the database rolls back by itself.
      await abandon().catch(() => {})
      throw thrown
    }
  } finally {
    taken.release(isSound)
  }

  async function abandon(): Promise<void> {
    await dialect.abandon(taken.session, attempt)
    await all(taken.session, dialect.unlimitWaits)
    isSound = true
  }
}

async function passRow<Connection>(
  { rows }: Branches<Connection>,
  call: Call,
  { session, connection }: XaConnection<Connection>,
  business: Business<Connection>,
): Promise<Answer | Conclusion> {
  const found = await takeRow(session, rows, call, 'ongoing')
  if (found !== 'inserted') return repeated(call.op, found)
  const returned = await whileItRuns(business, connection)
  if (isOngoing(returned))
    throw new TypeError('a prepare must be through when it answers: it can not be ongoing')
  const conclusion = concludeReturned(returned)
  mustHaveCount(await session.run(rows.conclude(call, conclusion)))
  return conclusion
}

/** What the business has begun and not awaited must not write once its transaction is prepared or given up. */
async function whileItRuns<Connection>(
  business: Business<Connection>,
  connection: Connection,
): Promise<Returned> {
  let isOver = false
  try {
    return await business(revocable(connection, () => isOver))
  } finally {
    isOver = true
  }
}

async function acknowledge(
  branches: Branches<unknown>,
  attempt: AttemptId,
  conclusion: Conclusion,
): Promise<Answer> {
  const { count } = await branches.write((session) =>
    session.run(branches.registrations.acknowledge(attempt, conclusion.answer)),
  )
  if (count === 1) return answerTo(conclusion)
  throw new BarrierUnavailable('what was prepared was rolled back before it could be acknowledged')
}

/**
 * Keeps a refusal, now that the work is rolled back; what stands there by then is the answer. Another attempt that
 * has taken the token is not spoken for.
 */
function keepRefusal(
  branches: Branches<unknown>,
  call: Call,
  token: string,
  refused: Refused,
): Promise<Answer> {
  const { rows, registrations } = branches
  return branches.writeSoon(async (session) => {
    const found = await takeRow(session, rows, call, 'ongoing')
    if (found !== 'inserted') return repeated(call.op, found)
    const conclusion = concludeRefused(refusalOf(refused))
    mustHaveCount(await session.run(rows.conclude(call, conclusion)))
    const { count } = await session.run(registrations.giveUp(attemptAt(call, token)))
    if (count !== 1) throw new BarrierUnavailable('another attempt or a rollback went on meanwhile')
    return answerTo(conclusion)
  })
}
