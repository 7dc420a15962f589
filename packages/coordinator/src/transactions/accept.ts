import { AssentError, type RunRequest, type Standing, type StartRequest } from '@assent/contract'
import * as engine from '@assent/engine'
import { needsDriver } from '../driving/drivers.ts'
import { readState, writeAccepted } from '../driving/state.ts'
import { writeOnce } from '../writing/single-write.ts'
import { canonicalJson } from './content.ts'
import { type Context, inTime, readRow, requireAlive } from './context.ts'
import { durableOf } from './read.ts'
import { standingOf } from './standing.ts'

/**
 * Makes a new transaction durable, or finds that the same one is there. Throws INVALID_REQUEST, CONFLICT,
 * PAYLOAD_TOO_LARGE, STORE_UNAVAILABLE.
 */
export function accept(
  context: Context,
  kind: 'start' | 'run',
  request: StartRequest | RunRequest,
): Promise<Standing> {
  requireAlive(context)
  const acceptance = acceptanceOf(context, kind, request)
  const transaction =
    kind === 'run' ? engine.run(request as RunRequest, acceptance) : engine.start(request, acceptance)
  const keep = (): Promise<Standing> => insert(context, transaction)
  return inTime(context, context.commands.run(transaction.gid, keep))
}

export function acceptanceOf(
  context: Context,
  kind: 'start' | 'run',
  request: StartRequest | RunRequest,
): engine.Acceptance {
  const now = context.time.now()
  const { gid } = request
  return {
    gid: gid ?? context.identity.newGid(now),
    now,
    // A gid that only we know can not be repeated, so nothing need be compared.
    content: gid === undefined ? '' : `${kind}:${context.identity.hash(canonicalJson(request))}`,
    application: context.settings.application,
    defaults: context.settings.options,
    rules: context.rules,
  }
}

async function insert(context: Context, transaction: engine.Transaction): Promise<Standing> {
  const { gid, mode, name, content } = transaction
  if (context.drivers.get(gid) !== undefined) {
    const { transaction: known } = await durableOf(context, gid)
    requireSame(gid, content, known)
    return standingOf(known, true)
  }
  const now = context.time.now()
  const drives = needsDriver(transaction, now) && context.drivers.room > 0
  const owner = drives ? context.incarnation.id : null
  const write = {
    ...engine.columnsOf(transaction, now),
    expect: 0,
    writeId: context.incarnation.newWriteId(),
    owner,
    state: writeAccepted(transaction),
  }
  const answer = await writeOnce(context, write, () => {
    context.observer.observe({ kind: 'accepted', gid, mode, name: name ?? '' })
    context.drivers.report(undefined, transaction)
    context.drivers.takeAsOwner(owner, transaction, 1)
  })
  if (answer.outcome === 'stored') return standingOf(transaction, false)
  if (answer.tombstone !== undefined) {
    requireSame(gid, content, answer.tombstone)
    return { gid, status: answer.tombstone.status, repeated: true, swept: true }
  }
  const row = await readRow(context, gid)
  requireSame(gid, content, row)
  return standingOf(readState(row), true)
}

/** Same gid and same content: the same transaction. Other content: CONFLICT. */
export function requireSame<Known extends { content: string }>(
  gid: string,
  content: string,
  known: Known | undefined,
): asserts known is Known {
  if (known !== undefined && content !== '' && content === known.content) return
  throw new AssentError('CONFLICT', `the gid ${gid} is in use with other content`, { gid })
}
