import { describe, expect, it } from 'vitest'
import type { LedgerLine } from '../src/books.ts'
import type { BankName } from '../src/settings.ts'
import { drawTransfer } from './draw-transfer.ts'
import type { Evidence, Kept } from './evidence.ts'
import { newRecord, type TransferRecord } from './record.ts'
import type { Course } from './transfer.ts'
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

/** A bank whose books are what its lines say. */
function bank(lines: readonly LedgerLine[]): Evidence['banks'][BankName] {
  const moved = lines.reduce((sum, { balance_change_cents }) => sum + balance_change_cents, 0)
  const audit = { accounts: 1, balance_cents: OPENED + moved, held_cents: 0, opened_cents: OPENED, holds: 0 }
  return { audit: { ...audit, unbalanced: [], applied_twice: [], contradictory: [] }, lines }
}

/** A run in which all went well: one transfer committed, one aborted, in both modes, and one never heard of. */
function sound(): Evidence {
  return {
    records: [
      { ...record('paid', 'saga at once'), statuses: ['SUBMITTED', 'COMMITTED'] },
      { ...record('undone', 'saga in steps'), statuses: ['ABORTED'] },
      { ...record('confirmed', 'tcc in steps'), decision: 'commit' },
      { ...record('cancelled', 'tcc at once'), statuses: ['ABORTING'] },
      { ...record('unheard', 'saga at once'), acknowledged: false, branches: [] },
    ],
    kept: [
      kept('paid', 'COMMITTED'),
      kept('undone', 'ABORTED'),
      kept('confirmed', 'COMMITTED'),
      kept('cancelled', 'ABORTED'),
    ],
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

function withKept(change: (all: readonly Kept[]) => readonly Kept[]): Evidence {
  const evidence = sound()
  return { ...evidence, kept: change(evidence.kept) }
}

function withAudit(change: Partial<Evidence['banks']['north']['audit']>): Evidence {
  const evidence = sound()
  const { audit, lines } = evidence.banks.north
  return { ...evidence, banks: { ...evidence.banks, north: { audit: { ...audit, ...change }, lines } } }
}

describe('the verdict on a crash run', () => {
  it('finds nothing where every promise was kept', () => {
    expect(verdict(sound())).toEqual([])
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
      withKept((all) => all.filter(({ gid }) => gid !== 'undone')),
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
      withRecord('undone', { statuses: ['SUBMITTED', 'COMMITTED'] }),
      'the client was told COMMITTED, and it is ABORTED',
    ],
    [
      'a decision that turned round while it was carried out',
      withRecord('paid', { statuses: ['ABORTING'] }),
      'the client was told ABORTING, and it is COMMITTED',
    ],
    [
      'a confirmed transaction that was aborted',
      withRecord('cancelled', { decision: 'commit' }),
      'the client was told COMMITTED, and it is ABORTED',
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
