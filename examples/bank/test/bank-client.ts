import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from 'assent/participant'
import type { Audit, LedgerLine } from '../src/books.ts'

/** What a bank answered to a call. */
export interface Answered {
  status: number
  /** Which case the barrier says it was. */
  case: string | null
  body: { [key: string]: Json } | undefined
}

export interface BranchCall {
  gid: string
  branchId?: string
  /** Such as `withdraw/action`. */
  path: string
  order?: { account: string; cents: number }
}

/** Calls a bank as a coordinator does. */
export async function callBranch(
  url: string,
  { gid, branchId = '01', path, order }: BranchCall,
): Promise<Answered> {
  const response = await fetch(`${url}/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'assent-gid': gid,
      'assent-branch-id': branchId,
      'assent-op': path.split('/')[1] ?? '',
    },
    body: JSON.stringify(order),
  })
  const text = await response.text()
  return {
    status: response.status,
    case: response.headers.get('assent-barrier'),
    body: text === '' ? undefined : JSON.parse(text),
  }
}

export async function read<T = { [key: string]: Json }>(url: string): Promise<T> {
  const response = await fetch(url)
  return (await response.json()) as T
}

export const audit = (url: string) => read<Audit>(`${url}/audit`)
export const ledger = (url: string, gid: string) => read<LedgerLine[]>(`${url}/ledger?gid=${gid}`)

export async function post(url: string, body?: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', body: JSON.stringify(body) })
}

/** A folder for databases that is gone afterwards. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'assent-bank-'))
  return { path, remove: () => rmSync(path, { recursive: true }) }
}
