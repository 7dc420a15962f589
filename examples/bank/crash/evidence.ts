import type { Audit, LedgerLine } from '../src/books.ts'
import type { BankName } from '../src/settings.ts'
import type { TransferRecord } from './record.ts'

const COORDINATOR_PAGE = 200
const LEDGER_PAGE = 5_000

/** One transaction as the coordinator shows it, as far as it is looked at. */
export interface Kept {
  gid: string
  status: string
  branches: { branch_id: string; status: string; attempts: { op: string; outcome: string }[] }[]
}

export interface BankEvidence {
  audit: Audit
  lines: readonly LedgerLine[]
}

/** What is left when everything has come to rest: what clients were told, and what everybody keeps. */
export interface Evidence {
  records: readonly TransferRecord[]
  /** All transactions of the coordinator. */
  kept: readonly Kept[]
  banks: Readonly<Record<BankName, BankEvidence>>
}

/** Every transaction that the coordinator has, newest first. */
export async function keptTransactions(url: string, query = ''): Promise<Kept[]> {
  const kept: Kept[] = []
  let cursor: string | null = null
  do {
    const page = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const response = await fetch(`${url}/api/tx?limit=${COORDINATOR_PAGE}${query}${page}`)
    if (!response.ok) throw new Error(`the list was answered ${response.status} ${await response.text()}`)
    kept.push(...((await response.json()) as Kept[]))
    cursor = response.headers.get('x-next-cursor')
  } while (cursor !== null)
  return kept
}

export async function bankEvidence(url: string): Promise<BankEvidence> {
  const lines: LedgerLine[] = []
  for (;;) {
    const page = await read<LedgerLine[]>(`${url}/ledger?after=${lines.at(-1)?.id ?? 0}&limit=${LEDGER_PAGE}`)
    if (page.length === 0) return { audit: await read<Audit>(`${url}/audit`), lines }
    lines.push(...page)
  }
}

async function read<Body>(url: string): Promise<Body> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} was answered ${response.status}`)
  return (await response.json()) as Body
}
