import { isAssentError, type TransactionApi } from '@assent/contract'
import type { Asked, Told } from './asked.ts'

/** Asks a coordinator, and tells what it answered: once, or for a stream once for each state and its end. */
export function dispatch(api: TransactionApi, asked: Asked, tell: (told: Told) => void): void {
  if (asked.what === 'events') {
    void follow(api, asked.request, tell)
    return
  }
  answer(api, asked).then(tell, (error) => tell(failed(error)))
}

function failed(error: unknown): Told {
  if (!isAssentError(error)) return { kind: 'error', code: 'FAULT', message: String(error) }
  const { code, message, details } = error
  return { kind: 'error', code, message, details }
}

async function follow(
  api: TransactionApi,
  request: { gid: string; after?: number },
  tell: (told: Told) => void,
): Promise<void> {
  try {
    for await (const { version, transaction } of api.events(request)) {
      tell({ kind: 'event', version, value: transaction })
    }
    tell({ kind: 'events-ended' })
  } catch (error) {
    tell(failed(error))
  }
}

/** What is asked and answered once. */
type AskedOnce = Exclude<Asked, { what: 'events' }>

async function answer(api: TransactionApi, asked: AskedOnce): Promise<Told> {
  // biome-ignore lint/nursery/useExhaustiveSwitchCases: it doesn't see that AskedOnce leaves out the stream
  switch (asked.what) {
    case 'start':
      return { kind: 'accepted', value: await api.start(asked.request) }
    case 'run':
      return { kind: 'standing', value: await api.run(asked.request) }
    case 'add':
      return { kind: 'branch', value: await api.addBranch(asked.request) }
    case 'try':
      return { kind: 'tried', value: await api.tryBranch(asked.request) }
    case 'confirm':
      return { kind: 'decided', value: await api.confirmBranch(asked.request) }
    case 'cancel':
      return { kind: 'decided', value: await api.cancelBranch(asked.request) }
    case 'report':
      return { kind: 'branch', value: await api.reportBranch(asked.request) }
    case 'submit':
      return { kind: 'standing', value: await api.submit(asked.request) }
    case 'abort':
      return { kind: 'standing', value: await api.abort(asked.request) }
    case 'retry':
      return { kind: 'accepted', value: await api.retry(asked.request) }
    case 'resolve':
      return { kind: 'accepted', value: await api.resolve(asked.request) }
    case 'get':
      return { kind: 'view', value: await api.get(asked.request) }
    case 'list':
      return { kind: 'views', value: (await api.list(asked.request)).transactions }
    case 'ended':
      return { kind: 'ended', value: await api.ended(asked.request.gids) }
  }
}
