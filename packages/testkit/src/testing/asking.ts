import type { DurableState, TransactionApi } from '@assent/contract'
import type { CrashableCoordinator } from '../coordinator/coordinator.ts'
import type { SkippingClock } from './clock.ts'

/** What can be asked of a coordinator in virtual time: while somebody waits time passes, and crashes are outlived. */
export function askingInVirtualTime(coordinator: CrashableCoordinator, clock: SkippingClock): TransactionApi {
  let gids = 0
  const newGid = (): string => {
    gids += 1
    return `test-${gids}`
  }
  const ask = <Answer>(question: (api: TransactionApi) => Promise<Answer>): Promise<Answer> =>
    clock.until(coordinator.ask(question))
  /** Asked again, it must be the same transaction. */
  const named = <Request extends { gid?: string }>(request: Request): Request & { gid: string } => ({
    ...request,
    gid: request.gid ?? newGid(),
  })
  return {
    newGid,
    start(request) {
      const same = named(request)
      return ask((api) => api.start(same))
    },
    run(request) {
      const same = named(request)
      return ask((api) => api.run(same))
    },
    addBranch: (request) => ask((api) => api.addBranch(request)),
    tryBranch: (request) => ask((api) => api.tryBranch(request)),
    confirmBranch: (request) => ask((api) => api.confirmBranch(request)),
    cancelBranch: (request) => ask((api) => api.cancelBranch(request)),
    reportBranch: (report) => ask((api) => api.reportBranch(report)),
    submit: (request) => ask((api) => api.submit(request)),
    abort: (request) => ask((api) => api.abort(request)),
    get: (request) => ask((api) => api.get(request)),
    list: (query) => ask((api) => api.list(query)),
    retry: (request) => ask((api) => api.retry(request)),
    resolve: (resolution) => ask((api) => api.resolve(resolution)),
    ended: (gids) => ask((api) => api.ended(gids)),
    async *events({ after, ...request }): AsyncGenerator<DurableState> {
      let seen = after
      for (;;) {
        const next = await ask((api) => firstBehind(api, { ...request, after: seen }))
        if (next === undefined) return
        seen = next.version
        yield next
      }
    },
  }
}

/** The next durable state; undefined at the end of the stream. */
async function firstBehind(
  api: TransactionApi,
  request: Parameters<TransactionApi['events']>[0],
): Promise<DurableState | undefined> {
  for await (const state of api.events(request)) return state
  return undefined
}
