import { BarrierUnavailable } from '../barrier/barrier.ts'
import type { Call } from '../barrier/call.ts'
import { type Answer, repeated } from '../barrier/decision.ts'
import type { Branches } from './branches.ts'
import type { AttemptId } from './dialect.ts'
import type { Registration } from './registrations.ts'
import { standingOf } from './standing.ts'
import { takeRow } from './take-row.ts'
import { prepareOf } from './xa.ts'

/**
 * Commits what was prepared. That there is nothing to commit is no proof that it was committed: only the
 * `prepare` row is, which comes to light with the work. Without it the outcome is unknown.
 */
export async function commit(branches: Branches<unknown>, call: Call): Promise<Answer> {
  const { prepare, end, registration } = await standingOf(branches, call)
  if (end !== undefined && (end.op !== call.op || end.state !== 'ongoing')) return repeated(call.op, end)
  if (prepare !== undefined && prepare.state !== 'done') return notPrepared()
  const attempts = prepare === undefined ? await attemptsOf(branches, call, registration) : []
  if (prepare === undefined && attempts.length === 0) throw new BarrierUnavailable(NOTHING_PREPARED)
  const claimed = await branches.writeSoon((session) => takeRow(session, branches.rows, call, 'ongoing'))
  if (claimed !== 'inserted' && (claimed.op !== call.op || claimed.state !== 'ongoing')) {
    return repeated(call.op, claimed)
  }
  await branches.end(attempts, 'commit')
  return conclude(branches, call)
}

/** The attempt that was acknowledged; where none was, what is prepared. */
async function attemptsOf(
  branches: Branches<unknown>,
  { gid, branchId }: Call,
  registration: Registration | undefined,
): Promise<readonly AttemptId[]> {
  if (registration?.state !== 'prepared') return branches.preparedOf({ gid, branchId })
  return [{ gid, branchId, token: registration.token }]
}

const NOTHING_PREPARED =
  'nothing is prepared here for this branch, and nothing of it was committed: it is not known what became of it'

function conclude(branches: Branches<unknown>, call: Call): Promise<Answer> {
  const { rows, registrations } = branches
  return branches.writeSoon(async (session) => {
    const prepared = rows.found(await session.run(rows.look(prepareOf(call))))
    if (prepared?.state !== 'done') throw new BarrierUnavailable(NOTHING_PREPARED)
    await session.run(rows.conclude(call, { state: 'done', answer: null }))
    await session.run(registrations.forget(call))
    return { case: 'executed', outcome: 'done' }
  })
}

/** Its prepare was refused or rolled back, which a coordinator that decides to commit was told. */
function notPrepared(): Answer {
  const message = 'the prepare of this branch was refused or rolled back, so it can not be committed'
  return { case: 'conflict', outcome: 'refused', refusal: { code: 'NOT_PREPARED', message } }
}
