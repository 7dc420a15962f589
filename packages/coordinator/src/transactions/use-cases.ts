import {
  type CancelSignal,
  type DurableState,
  isAssentError,
  type ListQuery,
  type TransactionApi,
} from '@assent/contract'
import type { Caller } from '../driving/caller.ts'
import * as branches from './branches.ts'
import type { Context } from './context.ts'
import * as reading from './read.ts'
import * as submitting from './submit.ts'

/** Every command is reported with who asked, what for and how it ended. */
export async function audited<Answer>(
  context: Context,
  what: { command: string; gid: string; actor?: string },
  command: () => Promise<Answer>,
): Promise<Answer> {
  const { gid, actor = '' } = what
  try {
    const answer = await command()
    const ended = answer as { gid?: string; status?: string }
    const result = ended.status ?? 'ok'
    context.observer.observe({ kind: 'command', command: what.command, gid: ended.gid ?? gid, actor, result })
    return answer
  } catch (error) {
    const result = isAssentError(error) ? error.code : 'INTERNAL'
    context.observer.observe({ kind: 'command', command: what.command, gid, actor, result })
    throw error
  }
}

/** All that can be asked of a coordinator about transactions. */
export function useCases(context: Context, caller: Caller): TransactionApi {
  return {
    start: ({ actor, ...request }) =>
      audited(context, { command: 'start', gid: request.gid ?? '', actor }, async () =>
        submitting.start(context, request),
      ),
    run: ({ actor, waitMs, ...request }) =>
      audited(context, { command: 'run', gid: request.gid ?? '', actor }, async () =>
        submitting.run(context, request, waitMs),
      ),
    addBranch: ({ gid, branch, actor }) =>
      audited(context, { command: 'branch/add', gid, actor }, () => branches.addBranch(context, gid, branch)),
    tryBranch: ({ gid, branch, actor }) =>
      audited(context, { command: 'branch/try', gid, actor }, () =>
        branches.tryBranch(context, caller, gid, branch),
      ),
    confirmBranch: ({ gid, branchId, actor }) =>
      audited(context, { command: 'branch/confirm', gid, actor }, () =>
        branches.decideByBranch(context, gid, branchId, 'confirm'),
      ),
    cancelBranch: ({ gid, branchId, actor }) =>
      audited(context, { command: 'branch/cancel', gid, actor }, () =>
        branches.decideByBranch(context, gid, branchId, 'cancel'),
      ),
    reportBranch: (report) =>
      audited(context, { command: `branch/${report.outcome}`, gid: report.gid, actor: report.actor }, () =>
        branches.reportBranch(context, report),
      ),
    submit: ({ gid, waitMs, actor }) =>
      audited(context, { command: 'submit', gid, actor }, () => submitting.submit(context, gid, waitMs)),
    abort: ({ gid, reason, waitMs, actor }) =>
      audited(context, { command: 'abort', gid, actor }, () =>
        submitting.abort(context, gid, reason, waitMs),
      ),
    retry: ({ gid, branchId, actor }) =>
      audited(context, { command: 'retry', gid, actor }, () => submitting.retry(context, gid, branchId)),
    resolve: (resolution) =>
      audited(context, { command: 'resolve', gid: resolution.gid, actor: resolution.actor }, () =>
        submitting.resolve(context, resolution),
      ),
    get: ({ gid, waitMs }) => reading.get(context, gid, waitMs),
    list: (query: ListQuery) => reading.list(context, query),
    ended: (gids) => reading.ended(context, gids),
    events: (request: { gid: string; after?: number; signal?: CancelSignal }): AsyncIterable<DurableState> =>
      reading.events(context, request),
    newGid: () => context.identity.newGid(context.time.now()),
  }
}
