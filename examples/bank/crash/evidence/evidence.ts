import type { BankName } from '../../src/settings.ts'
import type { TransferRecord } from '../clients/record.ts'
import type { BankProcess } from '../processes/banks.ts'
import { type BankEvidence, bankEvidence } from './bank-evidence.ts'
import type { Sighting, Sightings } from './sightings.ts'

const COORDINATOR_PAGE = 200

/** One transaction as a coordinator shows it, as far as it is looked at. */
export interface Kept {
  gid: string
  status: string
  branches: { branch_id: string; status: string; attempts: { op: string; outcome: string }[] }[]
}

/** All transactions that one coordinator lists, newest first. */
export interface Listing {
  coordinator: string
  kept: readonly Kept[]
}

/** What is left when everything has come to rest: what anybody was told, and what everybody keeps. */
export interface Evidence {
  records: readonly TransferRecord[]
  sightings: ReadonlyMap<string, readonly Sighting[]>
  /** One of each coordinator. */
  listings: readonly [Listing, ...Listing[]]
  banks: Readonly<Record<BankName, BankEvidence>>
}

export async function gatherEvidence(from: {
  records: readonly TransferRecord[]
  sightings: Sightings
  coordinators: readonly { name: string; url: string }[]
  banks: readonly BankProcess[]
}): Promise<Evidence> {
  const listings: Listing[] = []
  for (const { name, url } of from.coordinators) {
    listings.push({ coordinator: name, kept: await keptTransactions(url) })
  }
  const [first, ...others] = listings
  if (first === undefined) throw new TypeError('there is no coordinator to ask')
  const banks: Partial<Record<BankName, BankEvidence>> = {}
  for (const bank of from.banks) banks[bank.name] = await bankEvidence(bank.process.url, bank.file)
  return {
    records: from.records,
    sightings: from.sightings.all(),
    listings: [first, ...others],
    banks: banks as Record<BankName, BankEvidence>,
  }
}

/** Every transaction that a coordinator lists, newest first. */
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
