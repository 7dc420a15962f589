import { BANKS, type BankName } from '../../src/settings.ts'
import type { Evidence, Kept, Listing } from '../evidence/evidence.ts'
import { barrierAgainstLedger, moneyMade, unsound } from './books.ts'
import { wrongEffects } from './effects.ts'
import { contradicted, forgotten, undecided, wentBack } from './told.ts'

/** What is wrong, a sentence for each finding; nothing when every promise was kept. */
export function verdict(evidence: Evidence): string[] {
  const { banks, records, sightings, listings } = evidence
  const kept = new Map(listings[0].kept.map((transaction) => [transaction.gid, transaction]))
  const ledgers = { north: linesByGid(evidence, 'north'), south: linesByGid(evidence, 'south') }
  return [
    ...moneyMade(banks),
    ...BANKS.flatMap((bank) => [...unsound(bank, banks[bank]), ...barrierAgainstLedger(bank, banks[bank])]),
    ...strays(evidence),
    ...disagreements(listings),
    ...records.flatMap((record) => {
      const { gid, course } = record.transfer
      const transaction = kept.get(gid)
      const seen = sightings.get(gid) ?? []
      return [
        ...record.unexpected,
        ...forgotten(record, seen, transaction),
        ...undecided(transaction),
        ...contradicted(seen, transaction),
        ...wentBack(seen),
        ...wrongEffects(record.transfer, transaction, (bank) => ledgers[bank].get(gid) ?? []),
      ].map((finding) => `${gid} (${course}): ${finding}`)
    }),
  ]
}

function linesByGid({ banks }: Evidence, bank: BankName) {
  return Map.groupBy(banks[bank].lines, ({ gid }) => gid)
}

/** What a bank did, or a coordinator keeps, that nobody asked for. */
function strays({ records, listings, banks }: Evidence): string[] {
  const asked = new Set<string | null>(records.map(({ transfer }) => transfer.gid))
  const done = BANKS.flatMap((bank) => banks[bank].lines.map(({ gid }) => gid)).filter((gid) => gid !== null)
  return [...new Set([...done, ...listings[0].kept.map(({ gid }) => gid)])]
    .filter((gid) => !asked.has(gid))
    .map((gid) => `${gid} was asked for by nobody`)
}

/** Coordinators on one store show the same. */
function disagreements([first, ...others]: Evidence['listings']): string[] {
  const shown = new Map(first.kept.map((transaction) => [transaction.gid, summary(transaction)]))
  return others.flatMap((other) => [
    ...missing(first, other),
    ...missing(other, first),
    ...other.kept
      .filter((transaction) => (shown.get(transaction.gid) ?? summary(transaction)) !== summary(transaction))
      .map(
        (transaction) =>
          `${transaction.gid} is ${summary(transaction)} at ${other.coordinator} and ${shown.get(transaction.gid)} at ${first.coordinator}`,
      ),
  ])
}

function missing(here: Listing, there: Listing): string[] {
  const known = new Set(there.kept.map(({ gid }) => gid))
  return here.kept
    .filter(({ gid }) => !known.has(gid))
    .map(({ gid }) => `${gid} is listed by ${here.coordinator} and not by ${there.coordinator}`)
}

function summary({ status, branches }: Kept): string {
  return [status, ...branches.map((branch) => `${branch.branch_id} ${branch.status}`)].join(', ')
}
