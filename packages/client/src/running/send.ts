import { isAssentError, type Json, type RunRequest, type Status, type TransactionApi } from '@assent/contract'
import {
  answerQuery,
  BarrierUnavailable,
  MessageAborted,
  type QueriedBarrier,
  runLocalPart,
  type SendingBarrier,
} from '@assent/participant'

/** The local part of a message, which happens together with it or not at all. */
export interface LocalPart<Work> {
  /** The one that the message's query is answered from. */
  barrier: SendingBarrier<Work>
  /** Runs in a database transaction of the barrier's, as any business of it does. */
  work: Work
}

export interface Sent {
  gid: string
  /** What the local part came to, as JSON has it. */
  result: Json | undefined
  /** `PREPARED` where the coordinator could not be told that it may deliver: it asks, at the message's deadline. */
  status: Status
  /** The local part was done before, by an earlier call with this gid, and was not done again. */
  repeated: boolean
}

/**
 * Sends a two-phase message: prepares it, runs the local part, submits it. When this resolves the local part is
 * committed and every receiver will be called until it has answered, whatever crashes. Repeated with the same gid and
 * content it goes on from where it was.
 *
 * Throws what the local part throws, and the message is given up with it, but for BarrierUnavailable: then the same may
 * be sent again. Throws MessageAborted where it was given up before, CONFLICT, INVALID_REQUEST, and STORE_UNAVAILABLE
 * where it could not be prepared; nothing is kept of the local part then. INVALID_STATUS_TRANSITION says that somebody
 * has aborted the transaction by hand amid this, with the local part committed.
 */
export async function send<Work>(
  api: TransactionApi,
  request: RunRequest,
  { barrier, work }: LocalPart<Work>,
): Promise<Sent> {
  const gid = request.gid ?? api.newGid()
  await prepare(api, { ...request, gid })
  const answer = await runOrGiveUp(api, gid, { barrier, work })
  const status = await submit(api, gid)
  return { gid, result: answer.result, status, repeated: answer.case === 'duplicate' }
}

/** All that is to be delivered is known to the coordinator before anything happens here. */
async function prepare(
  api: TransactionApi,
  { branches, ...start }: RunRequest & { gid: string },
): Promise<void> {
  const { gid } = start
  const { status } = await api.start(start)
  // Whoever aborted it left no row that would keep the local part out.
  if (status === 'ABORTING' || status === 'ABORTED') throw new MessageAborted(gid)
  if (status !== 'PREPARED') return
  for (const branch of branches) await api.addBranch({ gid, branch })
}

type Done = Awaited<ReturnType<typeof runLocalPart>>

async function runOrGiveUp<Work>(
  api: TransactionApi,
  gid: string,
  { barrier, work }: LocalPart<Work>,
): Promise<Done> {
  try {
    return await runLocalPart(barrier, gid, work)
  } catch (error) {
    if (error instanceof BarrierUnavailable) throw error
    // Its commit may have happened without an answer, and only the row knows: whoever asks for it also takes it.
    const standing = await answerQuery(barrier as QueriedBarrier, gid).catch(() => undefined)
    if (standing?.outcome === 'done') return standing
    // Sooner than by the query, which says the same.
    if (standing?.outcome === 'refused') await api.abort({ gid, reason: 'LOCAL_PART_FAILED' }).catch(() => {})
    throw error
  }
}

/** The local part is committed, so the message goes out whether the coordinator hears of it now or asks. */
async function submit(api: TransactionApi, gid: string): Promise<Status> {
  try {
    return (await api.submit({ gid })).status
  } catch (error) {
    if (isAssentError(error) && PASSING.has(error.code)) return 'PREPARED'
    throw error
  }
}

/** What says nothing about the message. */
const PASSING: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'RATE_LIMIT_EXCEEDED', 'INTERNAL'])
