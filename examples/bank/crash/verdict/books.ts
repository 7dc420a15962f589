import { BANKS, type BankName } from '../../src/settings.ts'
import type { BankEvidence, BarrierRow } from '../evidence/bank-evidence.ts'

export function moneyMade(banks: Readonly<Record<BankName, BankEvidence>>): string[] {
  const sum = (what: 'opened_cents' | 'balance_cents') =>
    BANKS.reduce((total, bank) => total + banks[bank].audit[what], 0)
  const made = sum('balance_cents') - sum('opened_cents')
  if (made === 0) return []
  return [made > 0 ? `${made} cents were made` : `${-made} cents were lost`]
}

/** What a bank itself finds wrong with its books. */
export function unsound(bank: BankName, { audit }: BankEvidence): string[] {
  const { unbalanced, applied_twice, contradictory, holds, held_cents } = audit
  return [
    ...unbalanced.map((account) => `${bank}: the ledger of account ${account} does not add up`),
    ...applied_twice.map(
      ({ gid, branch_id, op }) => `${bank}: ${op} of ${branch_id} of ${gid} was done twice`,
    ),
    ...contradictory.map(({ gid, branch_id, ops }) => `${bank}: ${branch_id} of ${gid} went through ${ops}`),
    ...(holds > 0 || held_cents > 0 ? [`${bank}: ${holds} holds with ${held_cents} cents are left`] : []),
  ]
}

/** What the barrier answered done is in the ledger, once, and nothing else is. */
export function barrierAgainstLedger(bank: BankName, { lines, barrier }: BankEvidence): string[] {
  const rows = Map.groupBy(barrier, branchOf)
  const done = Map.groupBy(
    lines.filter(({ gid }) => gid !== null),
    branchOf,
  )
  return [...new Set([...rows.keys(), ...done.keys()])].flatMap((branch) => {
    const ops = (done.get(branch) ?? []).map(({ op }) => op).join(' ')
    const answered = opsAnswered(rows.get(branch) ?? []).join(' ')
    if (ops === answered) return []
    return [`${bank}: the barrier says that ${branch} was taken through "${answered}", the ledger "${ops}"`]
  })
}

function branchOf({ gid, branch_id }: { gid: string | null; branch_id: string | null }): string {
  return `${branch_id} of ${gid}`
}

/** An end is run only behind an origin that was done: else it had nothing to end. */
function opsAnswered(rows: readonly BarrierRow[]): string[] {
  const at = (place: BarrierRow['place']) => rows.find((row) => row.place === place && row.state === 'done')
  const [origin, end] = [at('origin'), at('end')]
  if (origin === undefined) return []
  return [origin.op, ...(end === undefined ? [] : [end.op])]
}
