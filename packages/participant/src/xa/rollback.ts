import type { Call } from '../barrier/call.ts'
import { type Answer, repeated } from '../barrier/decision.ts'
import type { Branches } from './branches.ts'
import { standingOf } from './standing.ts'
import { takeRow } from './take-row.ts'
import { newToken } from './token.ts'
import { prepareOf } from './xa.ts'

/**
 * Rolls back what was prepared, if it is there, and then plants the row of the prepare, so that one that
 * comes late is refused. It is done only when that row is committed: planting waits for a prepare that goes
 * on this moment, but not long, and then the outcome is unknown and it is asked for again.
 */
export async function rollback(branches: Branches<unknown>, call: Call): Promise<Answer> {
  const { prepare, end } = await standingOf(branches, call)
  if (end !== undefined && (end.op !== call.op || end.state !== 'ongoing')) return repeated(call.op, end)
  if (prepare?.state === 'done') return alreadyCommitted()
  const claimed = await claim(branches, call)
  if (claimed !== undefined) return claimed
  const isRolledBack = await branches.end(await branches.preparedOf(call), 'rollback')
  return plant(branches, call, isRolledBack)
}

/** Takes the row that commit and rollback share, and lets nobody acknowledge a prepare from here on. */
function claim(branches: Branches<unknown>, call: Call): Promise<Answer | undefined> {
  const { rows, registrations } = branches
  return branches.writeSoon(async (session) => {
    const found = await takeRow(session, rows, call, 'ongoing')
    if (found !== 'inserted' && (found.op !== call.op || found.state !== 'ongoing')) {
      return repeated(call.op, found)
    }
    await session.run(registrations.close(call, newToken()))
    return undefined
  })
}

function plant(branches: Branches<unknown>, call: Call, isRolledBack: boolean): Promise<Answer> {
  const { rows, registrations } = branches
  return branches.writeSoon(async (session) => {
    const prepare = await takeRow(session, rows, prepareOf(call), 'planted')
    if (prepare !== 'inserted' && prepare.state === 'done') return alreadyCommitted()
    await session.run(rows.conclude(call, { state: 'done', answer: null }))
    await session.run(registrations.forget(call))
    return { case: isRolledBack ? 'executed' : 'empty', outcome: 'done' }
  })
}

/** Somebody has committed it by hand. */
function alreadyCommitted(): Answer {
  const message = 'what this branch had prepared was committed, so it can not be rolled back'
  return { case: 'conflict', outcome: 'refused', refusal: { code: 'ALREADY_COMMITTED', message } }
}
