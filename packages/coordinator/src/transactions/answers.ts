import { invalidRequest, isAssentError } from '@assent/contract'
import { type Answered, type Answers, awaits, type DeliveredAnswer, type Event } from '@assent/engine'
import { OwnershipLost } from '../driving/ownership-lost.ts'
import { readState } from '../driving/state.ts'
import { storeUnavailable } from '../writing/single-write.ts'
import { applyToRow } from './command.ts'
import { type Context, inTime, readRow, requireAlive } from './context.ts'

/**
 * How long an answer waits for its operation to be open, milliseconds: that a call was made is written down a little
 * later than it is made.
 */
export const ANSWER_WAIT_MAX_MS = 5_000
/** Between two looks; it doubles. Milliseconds. */
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

type Taken = 'counted' | 'history' | 'unknown-transaction'
/** What one look shows; `changing`: what the store holds is not what follows from it, or others change it right now. */
type Seen = Taken | 'not yet' | 'changing'

/** Where answers go that nobody here waits for: to their transaction, whoever drives it. */
export function answersOf(context: Context): Answers {
  return {
    async answer(answer) {
      const deadline = context.clock.monotonic() + ANSWER_WAIT_MAX_MS
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        const seen = await give(context, answer)
        if (seen === 'counted') observe(context, answer)
        if (seen !== 'not yet' && seen !== 'changing') return seen
        if (context.clock.monotonic() >= deadline) {
          if (seen === 'not yet') return 'history'
          throw storeUnavailable(new Error(`${answer.gid} went on changing while it was given an answer`))
        }
        await new Promise<void>((resolve) => context.clock.after(pauseMs, resolve))
      }
    },
  }
}

/**
 * Throws STORE_UNAVAILABLE where it was not kept, or that is not known, and INVALID_REQUEST where the store can't hold what
 * the transaction has become.
 */
async function give(context: Context, answer: DeliveredAnswer): Promise<Seen> {
  // What is given again and again must not queue up behind one that waits for a store that is away.
  requireAlive(context)
  return inTime(
    context,
    context.commands.run(answer.gid, async () => {
      requireAlive(context)
      try {
        return (await giveToDriver(context, answer)) ?? (await giveToRow(context, answer))
      } catch (error) {
        throw error instanceof OwnershipLost ? storeUnavailable(error) : error
      }
    }),
  )
}

/** Undefined where nobody here drives the transaction. */
async function giveToDriver(context: Context, answer: DeliveredAnswer): Promise<Seen | undefined> {
  const { gid, branchId, op } = answer
  const driver = context.drivers.get(gid)
  if (driver === undefined) return undefined
  // It would come again for ever, and hold up those of others; where the store changes its mind the call is made again.
  if (driver.obstacle !== undefined) throw invalidRequest([{ path: 'state', problem: driver.obstacle }])
  if (driver.awaits(branchId, op) === 'open') {
    await driver.told(eventOf(context, answer))
    return 'counted'
  }
  // This process may know more than is durable, or judge by a state that another has left behind: an answer that
  // is let go never comes again, so the store says whether anybody asks for it.
  const row = await readRow(context, gid)
  if (row === undefined) return 'changing'
  if (context.drivers.seen(row) === undefined) return undefined
  const awaited = awaits(readState(row), branchId, op)
  return awaited === driver.awaits(branchId, op) ? standing(awaited) : 'changing'
}

/** Reads, advances and writes conditionally, taking ownership with the same write; a conflict is looked at again. */
async function giveToRow(context: Context, answer: DeliveredAnswer): Promise<Seen> {
  const { gid, branchId, op } = answer
  let awaited: ReturnType<typeof awaits>
  try {
    const commanded = await applyToRow(context, gid, (transaction, now) => {
      awaited = awaits(transaction, branchId, op)
      if (awaited !== 'open') return transaction
      return context.engine.advance(transaction, eventOf(context, answer), now).transaction
    })
    if (commanded === undefined) return 'changing'
  } catch (error) {
    if (isAssentError(error) && error.code === 'TRANSACTION_NOT_FOUND') return 'unknown-transaction'
    throw error
  }
  return awaited === 'open' ? 'counted' : standing(awaited)
}

function standing(awaited: ReturnType<typeof awaits>): Seen {
  switch (awaited) {
    case undefined:
      return 'unknown-transaction'
    case 'past':
      return 'history'
    case 'not yet':
      return 'not yet'
    case 'open':
      return 'changing'
  }
}

/** It is of no call in flight: one that this process makes meanwhile is waited for all the same. */
function eventOf(context: Context, { gid: _, scheme: __, ...answer }: DeliveredAnswer): Event {
  const answered: Answered = { ...answer, attempt: 0, at: context.time.now(), durationMs: 0 }
  return { type: 'answered', ...answered }
}

function observe(
  { observer }: Context,
  { gid, branchId, op, scheme, outcome, ...said }: DeliveredAnswer,
): void {
  const { status, error } = said
  observer.observe({
    kind: 'attempt',
    gid,
    branchId,
    op,
    attempt: 0,
    scheme,
    outcome,
    durationMs: 0,
    status,
    error,
  })
}
