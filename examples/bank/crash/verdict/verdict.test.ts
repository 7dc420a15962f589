import { describe, expect, it } from 'vitest'
import type { LedgerLine } from '../../src/books.ts'
import type { BankName } from '../../src/settings.ts'
import { drawTransfer } from '../clients/draw-transfer.ts'
import { newRecord, type TransferRecord } from '../clients/record.ts'
import type { Course } from '../clients/transfer.ts'
import type { BarrierRow } from '../evidence/bank-evidence.ts'
import type { Evidence, Kept } from '../evidence/evidence.ts'
import type { Sighting } from '../evidence/sightings.ts'
import { verdict } from './verdict.ts'

const OPENED = 1_000_00
const CENTS = 30_00

function record(gid: string, course: Course): TransferRecord {
  const from = { bank: 'north', account: 'a' } as const
  const to = { bank: 'south', account: 'b' } as const
  const transfer = { ...drawTransfer(1, 1), gid, course, from, to, cents: CENTS }
  return { ...newRecord(transfer), acknowledged: true, branches: ['take', 'give'] }
}

const kept = (gid: string, status: string): Kept => ({
  gid,
  status,
  branches: ['take', 'give'].map((branch_id) => ({ branch_id, status: 'SUCCEED', attempts: [] })),
})

const line = (gid: string, branch_id: string, op: string, cents: number): LedgerLine => ({
  id: 0,
  at: 0,
  account: branch_id === 'take' ? 'a' : 'b',
  gid,
  branch_id,
  op,
  balance_change_cents: cents,
  held_change_cents: 0,
})

/** That somebody was told a status at this moment. */
const sighting = (status: string, at: number, by = 'a reader'): Sighting => ({
  status,
  by,
  firstSeenAtMs: at,
  lastAskedAtMs: at - 1,
})

/** A bank whose books and barrier are what its lines say. */
function bank(lines: readonly LedgerLine[]): Evidence['banks'][BankName] {
  const moved = lines.reduce((sum, { balance_change_cents }) => sum + balance_change_cents, 0)
  const audit = { accounts: 1, balance_cents: OPENED + moved, held_cents: 0, opened_cents: OPENED, holds: 0 }
  const barrier = lines.map(
    ({ gid, branch_id, op }): BarrierRow => ({
      gid: gid ?? '',
      branch_id: branch_id ?? '',
      place: op === 'action' || op === 'try' ? 'origin' : 'end',
      op,
      state: 'done',
    }),
  )
  return { audit: { ...audit, unbalanced: [], applied_twice: [], contradictory: [] }, lines, barrier }
}

const listing = (coordinator: string): Evidence['listings'][0] => ({
  coordinator,
  kept: [
    kept('paid', 'COMMITTED'),
    kept('undone', 'ABORTED'),
    kept('confirmed', 'COMMITTED'),
    kept('cancelled', 'ABORTED'),
  ],
})

/** A run in which all went well: one transfer committed, one aborted, in both modes, and one never heard of. */
function sound(): Evidence {
  return {
    records: [
      record('paid', 'saga at once'),
      record('undone', 'saga in steps'),
      record('confirmed', 'tcc in steps'),
      record('cancelled', 'tcc at once'),
      { ...record('unheard', 'saga at once'), acknowledged: false, branches: [] },
    ],
    sightings: new Map([
      ['paid', [sighting('SUBMITTED', 10), sighting('COMMITTED', 20)]],
      ['undone', [sighting('ABORTED', 10)]],
      ['confirmed', [sighting('COMMITTING', 10)]],
      ['cancelled', [sighting('PREPARED', 10), sighting('ABORTING', 20)]],
    ]),
    listings: [listing('one'), listing('other')],
    banks: {
      north: bank([
        line('paid', 'take', 'action', -CENTS),
        line('undone', 'take', 'action', -CENTS),
        line('undone', 'take', 'compensate', CENTS),
        line('confirmed', 'take', 'try', 0),
        line('confirmed', 'take', 'confirm', -CENTS),
        line('cancelled', 'take', 'try', 0),
        line('cancelled', 'take', 'cancel', 0),
      ]),
      south: bank([
        line('paid', 'give', 'action', CENTS),
        line('confirmed', 'give', 'try', 0),
        line('confirmed', 'give', 'confirm', CENTS),
      ]),
    },
  }
}

/** The run with other lines at one bank, whose audit follows them. */
function withLines(name: BankName, change: (lines: LedgerLine[]) => LedgerLine[]): Evidence {
  const evidence = sound()
  const lines = change([...evidence.banks[name].lines])
  return { ...evidence, banks: { ...evidence.banks, [name]: bank(lines) } }
}

const without = (gid: string, op: string) => (lines: LedgerLine[]) =>
  lines.filter((each) => each.gid !== gid || each.op !== op)
const repeated = (gid: string, op: string) => (lines: LedgerLine[]) =>
  lines.flatMap((each) => (each.gid === gid && each.op === op ? [each, each] : [each]))

function withRecord(gid: string, change: Partial<TransferRecord>): Evidence {
  const evidence = sound()
  const records = evidence.records.map((each) => (each.transfer.gid === gid ? { ...each, ...change } : each))
  return { ...evidence, records }
}

/** The run with other sightings of one transaction. */
function withSightings(gid: string, seen: readonly Sighting[]): Evidence {
  const evidence = sound()
  return { ...evidence, sightings: new Map([...evidence.sightings, [gid, seen]]) }
}

type Change = (all: readonly Kept[]) => readonly Kept[]

/** The run with other listings, at the first coordinator and, unless told otherwise, at the other. */
function withKept(change: Change, atOther: Change = change): Evidence {
  const [one, other] = [listing('one'), listing('other')]
  return {
    ...sound(),
    listings: [
      { ...one, kept: change(one.kept) },
      { ...other, kept: atOther(other.kept) },
    ],
  }
}

const same: Change = (all) => all
const unlisted =
  (gid: string): Change =>
  (all) =>
    all.filter((each) => each.gid !== gid)

/** The run with another barrier in the north. */
function withBarrier(change: (rows: readonly BarrierRow[]) => readonly BarrierRow[]): Evidence {
  const evidence = sound()
  const { north } = evidence.banks
  return { ...evidence, banks: { ...evidence.banks, north: { ...north, barrier: change(north.barrier) } } }
}

function withAudit(change: Partial<Evidence['banks']['north']['audit']>): Evidence {
  const evidence = sound()
  const { north } = evidence.banks
  const audit = { ...north.audit, ...change }
  return { ...evidence, banks: { ...evidence.banks, north: { ...north, audit } } }
}

describe('the verdict on a crash run', () => {
  it('finds nothing where every promise was kept', () => {
    expect(verdict(sound())).toEqual([])
  })

  it('takes an answer for old only when it was asked for after another had come', () => {
    const asked = { ...sighting('SUBMITTED', 30), lastAskedAtMs: 5 }
    expect(verdict(withSightings('paid', [sighting('COMMITTED', 10), asked]))).toEqual([])
  })

  it('takes an undo of nothing for what it is', () => {
    const empty = (rows: readonly BarrierRow[]): BarrierRow[] => [
      ...rows,
      { gid: 'unheard', branch_id: 'take', place: 'origin', op: 'action', state: 'planted' },
      { gid: 'unheard', branch_id: 'take', place: 'end', op: 'compensate', state: 'done' },
    ]
    expect(verdict(withBarrier(empty))).toEqual([])
  })

  it.each<[string, Evidence, string]>([
    ['a deposit that was done twice', withLines('south', repeated('paid', 'action')), '3000 cents were made'],
    ['one side of a commit missing', withLines('south', without('paid', 'action')), '3000 cents were lost'],
    ['an abort that left the money taken', withLines('north', without('undone', 'compensate')), 'undone'],
    ['a commit that was undone', withLines('north', without('paid', 'action')), 'was taken through ""'],
    [
      'an undo that was done twice',
      withLines('north', repeated('undone', 'compensate')),
      '"action compensate compensate"',
    ],
    ['a confirm that never came', withLines('south', without('confirmed', 'confirm')), '"try"'],
    ['a try that was left', withLines('north', without('cancelled', 'cancel')), '"try"'],
    [
      'effects of a transaction that nobody knows',
      withLines('north', (lines) => [
        ...lines,
        line('unheard', 'take', 'action', -CENTS),
        line('unheard', 'take', 'compensate', CENTS),
      ]),
      'unknown to the coordinator',
    ],
    [
      'effects that nobody asked for',
      withLines('north', (lines) => [...lines, line('stray', 'take', 'try', 0)]),
      'stray was asked for by nobody',
    ],
    [
      'an acknowledged transaction that is missing',
      withKept(unlisted('undone')),
      'was acknowledged and is missing',
    ],
    [
      'an acknowledged branch that is missing',
      withKept((all) => all.map((each) => ({ ...each, branches: each.branches.slice(0, 1) }))),
      'branch give was acknowledged and is missing',
    ],
    [
      'a transaction that has not ended',
      withKept((all) => all.map((each) => (each.gid === 'paid' ? kept('paid', 'COMMITTING') : each))),
      'has not ended: COMMITTING',
    ],
    [
      'a status that turned round',
      withSightings('undone', [sighting('COMMITTED', 10, 'a client')]),
      'a client was told COMMITTED, and it is ABORTED',
    ],
    [
      'a decision that turned round while it was carried out',
      withSightings('paid', [sighting('ABORTING', 10)]),
      'a reader was told ABORTING, and it is COMMITTED',
    ],
    [
      'a transaction that was shown and is missing',
      withSightings('unheard', [sighting('PREPARED', 10)]),
      'a reader was told PREPARED, and it is missing',
    ],
    [
      'a status that went back',
      withSightings('paid', [sighting('COMMITTED', 10), sighting('SUBMITTED', 20, 'a late reader')]),
      'a late reader was told SUBMITTED 9 ms after a reader had been told COMMITTED',
    ],
    [
      'a transaction that only one coordinator lists',
      withKept(same, unlisted('paid')),
      'paid is listed by one and not by other',
    ],
    [
      'coordinators that show different ends',
      withKept(same, (all) => all.map((each) => (each.gid === 'paid' ? kept('paid', 'ABORTED') : each))),
      'paid is ABORTED, take SUCCEED, give SUCCEED at other and COMMITTED',
    ],
    [
      'an effect that the barrier knows nothing of',
      withBarrier((rows) => rows.filter(({ gid }) => gid !== 'paid')),
      'the barrier says that take of paid was taken through "", the ledger "action"',
    ],
    [
      'an answer of the barrier without an effect',
      withBarrier((rows) => [
        ...rows,
        { gid: 'unheard', branch_id: 'take', place: 'origin', op: 'action', state: 'done' },
      ]),
      'the barrier says that take of unheard was taken through "action", the ledger ""',
    ],
    ['an answer that fits no question', withRecord('paid', { unexpected: ['/api/tx answered 500'] }), '500'],
    ['holds that are left', withAudit({ holds: 1, held_cents: CENTS }), '1 holds with 3000 cents are left'],
    ['books that do not add up', withAudit({ unbalanced: ['a'] }), 'account a does not add up'],
    [
      'what a bank calls applied twice',
      withAudit({ applied_twice: [{ gid: 'paid', branch_id: 'take', op: 'action', lines: 2 }] }),
      'was done twice',
    ],
    [
      'what a bank calls contradictory',
      withAudit({ contradictory: [{ gid: 'paid', branch_id: 'take', ops: 'compensate' }] }),
      'went through compensate',
    ],
  ])('finds %s', (_what, evidence, finding) => {
    expect(verdict(evidence).join('\n')).toContain(finding)
  })
})
