import type { LedgerLine } from '../../src/books.ts'
import type { BankName } from '../../src/settings.ts'
import { GIVE, isTcc, type Place, TAKE, type Transfer } from '../clients/transfer.ts'
import type { Kept } from '../evidence/evidence.ts'

/** Committed: both sides once and not undone. Aborted, or never heard of: nothing is left on either side. */
export function wrongEffects(
  transfer: Transfer,
  transaction: Kept | undefined,
  linesAt: (bank: BankName) => readonly LedgerLine[],
): string[] {
  const isCommitted = transaction?.status === 'COMMITTED'
  const sides = [
    { id: TAKE, place: transfer.from, cents: isCommitted ? -transfer.cents : 0 },
    { id: GIVE, place: transfer.to, cents: isCommitted ? transfer.cents : 0 },
  ]
  return sides.flatMap(({ id, place, cents }) => {
    const lines = linesAt(place.bank)
    const ops = lines.map(({ op }) => op).join(' ')
    const where = `${id} at ${place.bank} (${transaction?.status ?? 'unknown to the coordinator'})`
    return [
      ...(changeOf(lines, place) === cents && lines.every(({ branch_id }) => branch_id === id)
        ? []
        : [`${where}: the balance changed by ${changeOf(lines, place)} cents and not by ${cents}: ${ops}`]),
      ...(opsAllowed(transfer, transaction).includes(ops) ? [] : [`${where}: was taken through "${ops}"`]),
    ]
  })
}

function changeOf(lines: readonly LedgerLine[], { account }: Place): number {
  return lines
    .filter((line) => line.account === account)
    .reduce((sum, { balance_change_cents }) => sum + balance_change_cents, 0)
}

function opsAllowed(transfer: Transfer, transaction: Kept | undefined): readonly string[] {
  if (transaction === undefined) return ['']
  const isCommitted = transaction.status === 'COMMITTED'
  if (isTcc(transfer)) return isCommitted ? ['try confirm'] : ['', 'try cancel']
  return isCommitted ? ['action'] : ['', 'action compensate']
}
