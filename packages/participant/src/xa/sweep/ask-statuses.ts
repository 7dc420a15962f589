import { isAssentError, STATUSES, type Status, type TransactionApi } from '@assent/contract'
import { ASK_TIMEOUT_MS, type AskOptions, askCoordinator } from '../../barrier/sweep/ask-coordinator.ts'
import type { AskStatuses } from './sweep.ts'

/** Transactions that are asked about at once, one request each. */
const ASKED_AT_ONCE = 8
const NOT_FOUND = 404

/** Asks an Assent that is embedded in this process. */
export function statusesOf(assent: Pick<TransactionApi, 'ended' | 'get'>): AskStatuses {
  return statusesBy(
    (gids) => assent.ended(gids),
    async (gid) => {
      try {
        return (await assent.get({ gid })).status
      } catch (thrown) {
        if (isAssentError(thrown) && thrown.code === 'TRANSACTION_NOT_FOUND') return undefined
        throw thrown
      }
    },
  )
}

/** Asks a server. `url` is its origin, such as `http://127.0.0.1:36789`. */
export function askStatuses(url: string, options: AskOptions = {}): AskStatuses {
  return statusesBy(askCoordinator(url, options), async (gid) => {
    const address = new URL(`/api/tx/${encodeURIComponent(gid)}`, url)
    const response = await fetch(address, {
      headers: { ...options.headers },
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMs ?? ASK_TIMEOUT_MS),
    })
    const text = await response.text()
    if (response.status === NOT_FOUND) return undefined
    if (!response.ok) throw new Error(`${address} answered ${response.status}`)
    return statusIn(text, address)
  })
}

/** One question finds those that have ended; of the others, which are few, each is looked at. */
function statusesBy(
  ended: TransactionApi['ended'],
  statusOf: (gid: string) => Promise<Status | undefined>,
): AskStatuses {
  return async (gids) => {
    const answer = await ended(gids)
    const statuses = new Map(answer.ended.map(({ gid, status }) => [gid, status]))
    const settled = new Set([...statuses.keys(), ...answer.unknown])
    const open = gids.filter((gid) => !settled.has(gid))
    for (let from = 0; from < open.length; from += ASKED_AT_ONCE) {
      const some = open.slice(from, from + ASKED_AT_ONCE)
      const found = await Promise.all(some.map(statusOf))
      for (const [place, status] of found.entries()) {
        if (status !== undefined) statuses.set(some[place] ?? '', status)
      }
    }
    return statuses
  }
}

/** Transactions are ended on the strength of this answer, so nothing in it is guessed. */
function statusIn(text: string, address: URL): Status {
  const { status } = JSON.parse(text) as { status?: unknown }
  const known = STATUSES.find((each) => each === status)
  if (known === undefined) throw new Error(`${address} told no status: ${String(status)}`)
  return known
}
