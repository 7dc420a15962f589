import { type Accepted, AssentError, type RunRequest, type StartRequest, type Status } from '@assent/contract'
import * as engine from '@assent/engine'
import { needsDriver } from '../driving/drivers.ts'
import { writeState } from '../driving/state.ts'
import { writeOnce } from '../writing/single-write.ts'
import { canonicalJson } from './content.ts'
import { type Context, inTime, readRow, requireAlive } from './context.ts'

/**
 * Makes a new transaction durable, or finds that the same one is there. Throws INVALID_REQUEST, CONFLICT,
 * STORE_UNAVAILABLE.
 */
export function accept(
  context: Context,
  kind: 'start' | 'run',
  request: StartRequest | RunRequest,
): Promise<Accepted> {
  requireAlive(context)
  const now = context.time.now()
  const { gid } = request
  const acceptance: engine.Acceptance = {
    gid: gid ?? context.identity.newGid(now),
    now,
    // A gid that only we know can not be repeated, so nothing need be compared.
    content: gid === undefined ? '' : `${kind}:${context.identity.hash(canonicalJson(request))}`,
    application: context.settings.application,
    defaults: context.settings.options,
    rules: context.rules,
  }
  const transaction =
    kind === 'run' ? engine.run(request as RunRequest, acceptance) : engine.start(request, acceptance)
  const keep = (): Promise<Accepted> => insert(context, transaction)
  return inTime(context, gid === undefined ? keep() : context.commands.run(gid, keep))
}

async function insert(context: Context, transaction: engine.Transaction): Promise<Accepted> {
  const { gid, status, content } = transaction
  const known = context.drivers.get(gid)
  if (known !== undefined) return replayed(gid, content, known.durable.transaction)
  const now = context.time.now()
  const drives = needsDriver(transaction, now) && context.drivers.room > 0
  const owner = drives ? context.incarnation.id : null
  const answer = await writeOnce(context.writer, {
    ...engine.columnsOf(transaction, now),
    expect: 0,
    writeId: context.incarnation.newWriteId(),
    owner,
    state: writeState(transaction),
  })
  if (answer.outcome === 'stored') {
    context.observer.observe({ kind: 'accepted', gid, mode: transaction.mode, name: transaction.name ?? '' })
    context.drivers.report(undefined, transaction)
    context.drivers.takeAsOwner(owner, transaction, 1)
    return { gid, status, repeated: false }
  }
  if (answer.tombstone !== undefined) return replayed(gid, content, answer.tombstone)
  const row = await readRow(context, gid)
  if (row === undefined) throw conflict(gid)
  return replayed(gid, content, row)
}

/** Same gid and same content: the same transaction and its present status; other content: CONFLICT. */
function replayed(gid: string, content: string, known: { content: string; status: Status }): Accepted {
  if (content === '' || content !== known.content) throw conflict(gid)
  return { gid, status: known.status, repeated: true }
}

function conflict(gid: string): AssentError {
  return new AssentError('CONFLICT', `the gid ${gid} is in use with other content`, { gid })
}
