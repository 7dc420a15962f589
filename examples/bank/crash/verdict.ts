import type { LedgerLine } from '../src/books.ts'
import { BANKS, type BankName } from '../src/settings.ts'
import type { Evidence, Kept } from './evidence.ts'
import type { TransferRecord } from './record.ts'
import { GIVE, isTcc, type Place, TAKE, type Transfer } from './transfer.ts'

/** What is wrong, a sentence for each finding; nothing when every promise was kept. */
export function verdict(evidence: Evidence): string[] {
  const kept = new Map(evidence.kept.map((transaction) => [transaction.gid, transaction]))
  const ledgers = { north: linesByGid(evidence, 'north'), south: linesByGid(evidence, 'south') }
  return [
    ...moneyMade(evidence),
    ...BANKS.flatMap((bank) => unsound(evidence, bank)),
    ...strays(evidence),
    ...evidence.records.flatMap((record) => {
      const { gid } = record.transfer
      const transaction = kept.get(gid)
      return [
        ...record.unexpected,
        ...forgotten(record, transaction),
        ...undecided(transaction),
        ...contradicted(record, transaction),
        ...wrongEffects(record.transfer, transaction, (bank) => ledgers[bank].get(gid) ?? []),
      ].map((finding) => `${gid} (${record.transfer.course}): ${finding}`)
    }),
  ]
}

function linesByGid({ banks }: Evidence, bank: BankName): Map<string | null, LedgerLine[]> {
  return Map.groupBy(banks[bank].lines, ({ gid }) => gid)
}

function moneyMade({ banks }: Evidence): string[] {
  const sum = (what: 'opened_cents' | 'balance_cents') => banks.north.audit[what] + banks.south.audit[what]
  const made = sum('balance_cents') - sum('opened_cents')
  if (made === 0) return []
  return [made > 0 ? `${made} cents were made` : `${-made} cents were lost`]
}

function unsound({ banks }: Evidence, bank: BankName): string[] {
  const { unbalanced, applied_twice, contradictory, holds, held_cents } = banks[bank].audit
  return [
    ...unbalanced.map((account) => `${bank}: the ledger of account ${account} does not add up`),
    ...applied_twice.map(
      ({ gid, branch_id, op }) => `${bank}: ${op} of ${branch_id} of ${gid} was done twice`,
    ),
    ...contradictory.map(({ gid, branch_id, ops }) => `${bank}: ${branch_id} of ${gid} went through ${ops}`),
    ...(holds > 0 || held_cents > 0 ? [`${bank}: ${holds} holds with ${held_cents} cents are left`] : []),
  ]
}

/** What a bank did, or the coordinator keeps, that nobody asked for. */
function strays({ records, kept, banks }: Evidence): string[] {
  const asked = new Set<string | null>(records.map(({ transfer }) => transfer.gid))
  const done = BANKS.flatMap((bank) => banks[bank].lines.map(({ gid }) => gid)).filter((gid) => gid !== null)
  return [...new Set([...done, ...kept.map(({ gid }) => gid)])]
    .filter((gid) => !asked.has(gid))
    .map((gid) => `${gid} was asked for by nobody`)
}

function forgotten({ acknowledged, branches }: TransferRecord, transaction: Kept | undefined): string[] {
  if (transaction === undefined) return acknowledged ? ['was acknowledged and is missing'] : []
  const known = new Set(transaction.branches.map(({ branch_id }) => branch_id))
  return branches
    .filter((branch) => !known.has(branch))
    .map((branch) => `branch ${branch} was acknowledged and is missing`)
}

function undecided(transaction: Kept | undefined): string[] {
  if (transaction === undefined || END_OF[transaction.status] === transaction.status) return []
  return [`has not ended: ${transaction.status}`]
}

/** What each status can only end as. */
const END_OF: Readonly<Record<string, string>> = {
  COMMITTING: 'COMMITTED',
  COMMITTED: 'COMMITTED',
  ABORTING: 'ABORTED',
  ABORTED: 'ABORTED',
}

/** A decision that a client was told never turns round. */
function contradicted({ statuses, decision }: TransferRecord, transaction: Kept | undefined): string[] {
  const end = END_OF[transaction?.status ?? '']
  if (end === undefined) return []
  const told = [
    ...statuses,
    ...(decision === undefined ? [] : [decision === 'commit' ? 'COMMITTED' : 'ABORTED']),
  ]
  return [...new Set(told)]
    .filter((status) => (END_OF[status] ?? end) !== end)
    .map((status) => `the client was told ${status}, and it is ${transaction?.status}`)
}

/** Committed: both sides once and not undone. Aborted, or never heard of: nothing is left on either side. */
function wrongEffects(
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
