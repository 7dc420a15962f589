import { DatabaseSync } from 'node:sqlite'
import type { Audit, LedgerLine } from '../../src/books.ts'

const LEDGER_PAGE = 5_000

/** A row of the barrier, which says what a branch's call was answered. */
export interface BarrierRow {
  gid: string
  branch_id: string
  /** `origin` is the call of phase one, `end` what commits or undoes it. */
  place: 'origin' | 'end'
  op: string
  state: 'planted' | 'ongoing' | 'done' | 'refused'
}

/** What one bank keeps. */
export interface BankEvidence {
  audit: Audit
  lines: readonly LedgerLine[]
  barrier: readonly BarrierRow[]
}

/** The books as the bank shows them, and the rows of its barrier as they stand in its file. */
export async function bankEvidence(url: string, file: string): Promise<BankEvidence> {
  const lines: LedgerLine[] = []
  for (;;) {
    const page = await read<LedgerLine[]>(`${url}/ledger?after=${lines.at(-1)?.id ?? 0}&limit=${LEDGER_PAGE}`)
    if (page.length === 0) break
    lines.push(...page)
  }
  return { audit: await read<Audit>(`${url}/audit`), lines, barrier: barrierRows(file) }
}

function barrierRows(file: string): BarrierRow[] {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    // A bank that lacks its barrier lacks the table too.
    const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'assent_barrier'").get()
    if (table === undefined) return []
    const rows = database.prepare('SELECT gid, branch_id, place, op, state FROM assent_barrier').all()
    return rows as unknown as BarrierRow[]
  } finally {
    database.close()
  }
}

async function read<Body>(url: string): Promise<Body> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} was answered ${response.status}`)
  return (await response.json()) as Body
}
