import type { Operation, Phase } from '@assent/contract'
import type { Call } from '../ports/transport.ts'
import { bodyOf } from './body.ts'
import { traceparent } from './hash.ts'
import {
  type Branch,
  callTimeoutMs,
  operationUrl,
  phaseOneOperation,
  type Transaction,
  undoOperation,
} from './transaction.ts'

/** The call of an operation that was entered as called; no branchId: the query. */
export function callOf(transaction: Transaction, branchId: string | undefined, op: Operation): Call {
  if (branchId === undefined) return queryCall(transaction)
  const branch = transaction.branches.find((candidate) => candidate.request.branchId === branchId)
  if (branch === undefined) throw new RangeError(`no branch ${branchId} in ${transaction.gid}`)
  const attempt = branch.inFlight?.attempt ?? 1
  const phase = phaseOf(transaction, branch, op)
  const headers = headersOf(transaction, branch, { op, phase, attempt })
  if (op === undoOperation(transaction)) headers['assent-action-outcome'] = branch.told?.outcome ?? 'unknown'
  return {
    gid: transaction.gid,
    branchId,
    op,
    mode: transaction.mode,
    phase,
    attempt,
    url: operationUrl(branch.request, op),
    body: bodyOf(transaction, branch, op),
    headers,
    method: branch.request.method ?? 'POST',
    timeoutMs: callTimeoutMs(transaction, branch),
    forced: branch.open?.forced === true,
  }
}

function phaseOf(transaction: Transaction, branch: Branch, op: Operation): Phase {
  return op === phaseOneOperation(transaction, branch) ? 'one' : 'two'
}

function queryCall(transaction: Transaction): Call {
  const attempt = transaction.inquiry?.inFlight?.attempt ?? 1
  return {
    gid: transaction.gid,
    op: 'query',
    mode: transaction.mode,
    phase: 'query',
    attempt,
    url: transaction.query ?? '',
    body: transaction.payload,
    headers: headersOf(transaction, undefined, { op: 'query', phase: 'query', attempt }),
    method: 'POST',
    timeoutMs: callTimeoutMs(transaction, undefined),
    forced: transaction.inquiry?.open?.forced === true,
  }
}

/** The transaction's headers, the branch's own over those, and over all what names the call. */
function headersOf(
  transaction: Transaction,
  branch: Branch | undefined,
  { op, phase, attempt }: { op: Operation; phase: Phase; attempt: number },
): Record<string, string> {
  const { gid, mode, options } = transaction
  const branchId = branch?.request.branchId
  const key = branchId === undefined ? `${gid}/${op}` : `${gid}/${branchId}/${op}`
  const headers: Record<string, string> = { traceparent: traceparent(gid, `${key}/${attempt}`) }
  addHeaders(headers, options.headers)
  addHeaders(headers, branch?.request.headers)
  headers['assent-gid'] = gid
  headers['assent-op'] = op
  headers['assent-mode'] = mode
  headers['assent-phase'] = phase
  headers['assent-attempt'] = String(attempt)
  headers['idempotency-key'] = key
  if (branchId !== undefined) headers['assent-branch-id'] = branchId
  return headers
}

/** In lower case, so that a name stands once however it was written. */
function addHeaders(headers: Record<string, string>, more: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(more)) headers[name.toLowerCase()] = value
}
