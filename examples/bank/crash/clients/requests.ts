import type { BankName } from '../../src/settings.ts'
import { GIVE, isTcc, type Place, TAKE, type Transfer } from './transfer.ts'

/** Retries come at once, and answers that take long count as unknown, so that a run is short. */
const REQUEST_TIMEOUT_MS = 500
const RETRY_INTERVAL_MS = 40
const RETRY_MAX_INTERVAL_MS = 300
/** What nobody submits is aborted, so that the run comes to rest. */
const ABANDON_AFTER_MS = 4_000
/** How long a client waits that only comes to see how a transfer ends. */
export const FOLLOWING_WAIT_MS = 3_000

export type Body = Readonly<Record<string, unknown>>
export type BankUrls = Readonly<Record<BankName, string>>

/** What `/api/start` is sent. */
export function startBody(transfer: Transfer): Body {
  return {
    gid: transfer.gid,
    name: transfer.course.replaceAll(' ', '-'),
    mode: isTcc(transfer) ? 'tcc' : 'saga',
    options: {
      timeout_to_fail_ms: transfer.deadlineMs,
      abandon_after_ms: ABANDON_AFTER_MS,
      request_timeout_ms: REQUEST_TIMEOUT_MS,
      retry_interval_ms: RETRY_INTERVAL_MS,
      retry_max_interval_ms: RETRY_MAX_INTERVAL_MS,
    },
  }
}

/** The branches in the order in which they are added. */
export function branches(transfer: Transfer, banks: BankUrls): readonly [take: Body, give: Body] {
  const { from, to, ordered } = transfer
  return [
    branch(transfer, TAKE, 'withdraw', from, banks),
    { ...branch(transfer, GIVE, 'deposit', to, banks), ...(ordered ? { after: [TAKE] } : {}) },
  ]
}

function branch(transfer: Transfer, id: string, movement: string, place: Place, banks: BankUrls): Body {
  const at = (op: string) => `${banks[place.bank]}/${movement}/${op}`
  const order = { branch_id: id, payload: { account: place.account, cents: transfer.cents } }
  if (isTcc(transfer)) return { ...order, action: at('try'), confirm: at('confirm'), cancel: at('cancel') }
  if (transfer.pivot && id === GIVE) return { ...order, action: at('action'), pivot: true }
  return { ...order, action: at('action'), compensate: at('compensate') }
}

/** What asks for the end of the transaction to be waited for. */
export function wait({ waitMs }: Transfer): Body {
  return waitMs === 0 ? {} : { wait: waitMs }
}
