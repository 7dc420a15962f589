import { describe, expect, it } from 'vitest'
import { logInto } from '../../test/open-door.ts'
import { auditObserver } from './audit.ts'
import { boundedLabel, LABEL_VALUES_MAX, OTHER } from './bounded-labels.ts'
import { loggingObserver } from './log.ts'
import { createMetrics } from './metrics.ts'
import type { Observation } from './observation.ts'
import type { StoreSummary } from './store-gauges.ts'

const gid = '0198c7b2-0000-7000-8000-000000000001'

/** One of each kind. */
const ALL: readonly Observation[] = [
  { kind: 'accepted', gid, mode: 'saga', name: 'transfer' },
  { kind: 'decided', gid, mode: 'saga', name: 'transfer', decision: 'abort', afterMs: 12, reason: 'x' },
  { kind: 'ended', gid, mode: 'saga', name: 'transfer', status: 'ABORTED', afterMs: 20 },
  {
    kind: 'attempt',
    gid,
    branchId: '01',
    op: 'action',
    attempt: 1,
    scheme: 'http:',
    outcome: 'done',
    durationMs: 4,
  },
  {
    kind: 'attempt',
    gid,
    branchId: '01',
    op: 'action',
    attempt: 2,
    scheme: 'http:',
    outcome: 'ongoing',
    durationMs: 4,
  },
  {
    kind: 'attempt',
    gid,
    branchId: '01',
    op: 'action',
    attempt: 3,
    scheme: 'http:',
    outcome: 'unknown',
    durationMs: 4,
  },
  { kind: 'held', gid, branchId: '01', op: 'action', reason: 'CIRCUIT_OPEN' },
  { kind: 'attention', gid, branchId: '01', op: 'compensate', reason: 'slow' },
  { kind: 'commit', rows: 17, durationMs: 0.4, conflicts: 2 },
  { kind: 'store-failed', what: 'write', certain: false, error: 'EIO' },
  { kind: 'claimed', transactions: 3 },
  { kind: 'incarnation', incarnation: 'i', reason: 'lease-lost' },
  { kind: 'ownership-lost', gid },
  { kind: 'left-undriven', gid },
  { kind: 'row-went-back', gid, found: 1, acknowledged: 2 },
  { kind: 'command', command: 'submit', gid, actor: 'alice@10.0.0.7', result: 'COMMITTED' },
  { kind: 'swept', swept: 5, forgotten: 6 },
  {
    kind: 'dead-letter',
    topic: 'assent-replies',
    partition: 2,
    offset: '17',
    reason: 'value is no JSON',
    deadLetters: 'assent-replies-dead-letters',
  },
  { kind: 'reply-passed-over', gid, reason: 'unknown-transaction' },
  { kind: 'replies-stalled', topic: 'assent-replies', error: 'no broker' },
  { kind: 'fault', what: 'x', error: 'y' },
]

const figures = async (): Promise<StoreSummary> => ({
  active: { SUBMITTED: 3, ABORTING: 1 },
  oldestUndecidedAt: Date.now() - 5_000,
  attention: 2,
})

async function scraped(observations: readonly Observation[], summary = figures): Promise<string> {
  const metrics = createMetrics(summary)
  for (const observation of observations) metrics.observe(observation)
  metrics.answered('http', '/api/tx', 201)
  return metrics.text()
}

describe('metrics', () => {
  it('count each thing under its name', async () => {
    const text = await scraped(ALL)
    for (const line of [
      'seata_branch_success_total 1',
      'seata_branch_failure_total 1',
      'seata_branch_latency_seconds_count 3',
      'seata_active_transactions 4',
      'assent_active_transactions{status="SUBMITTED"} 3',
      'assent_active_transactions{status="PREPARED"} 0',
      'assent_attention 2',
      'assent_transactions_accepted_total{mode="saga",name="transfer"} 1',
      'assent_transactions_ended_total{mode="saga",name="transfer",status="ABORTED"} 1',
      'assent_transaction_decision_seconds_count{mode="saga",decision="abort"} 1',
      'assent_transaction_end_seconds_sum{mode="saga",status="ABORTED"} 0.02',
      'assent_attempts_total{op="action",scheme="http:",outcome="unknown"} 1',
      'assent_calls_held_total{reason="CIRCUIT_OPEN"} 1',
      'assent_attention_total 1',
      'assent_store_commit_seconds_count 1',
      'assent_store_commit_rows_sum 17',
      'assent_store_conflicts_total 2',
      'assent_store_failures_total{certain="false"} 1',
      'assent_recovered_transactions_total 3',
      'assent_incarnations_total{reason="lease-lost"} 1',
      'assent_ownership_lost_total 1',
      'assent_left_undriven_total 1',
      'assent_rows_went_back_total 1',
      'assent_commands_total{command="submit"} 1',
      'assent_swept_total 5',
      'assent_forgotten_total 6',
      'assent_dead_letters_total{topic="assent-replies"} 1',
      'assent_replies_passed_over_total{reason="unknown-transaction"} 1',
      'assent_replies_stalled_total 1',
      'assent_faults_total 1',
      'assent_api_requests_total{door="http",route="/api/tx",status="201"} 1',
    ]) {
      expect(text).toContain(`${line}\n`)
    }
    expect(text).toMatch(/assent_oldest_undecided_seconds 5(\.\d+)?\n/)
  })

  it('never have an id for a label, and a bounded number of names', async () => {
    const many = Array.from(
      { length: 1_000 },
      (_, index): Observation => ({
        kind: 'accepted',
        gid,
        mode: 'saga',
        name: `name-${index}`,
      }),
    )
    const text = await scraped([...ALL, ...many])
    expect(text).not.toContain(gid)
    expect(text).not.toContain('"01"')
    expect([...text.matchAll(/^assent_transactions_accepted_total\{/gm)].length).toBe(LABEL_VALUES_MAX + 1)
    expect(text).toContain(`name="${OTHER}"} ${1_000 + 1 - LABEL_VALUES_MAX}\n`)
  })

  it('leave out what the store did not say, and say the rest', async () => {
    const text = await scraped(ALL, () => Promise.reject(new Error('closed')))
    expect(text).toContain('seata_branch_success_total 1\n')
    expect(text).not.toMatch(/^seata_active_transactions \d/m)
    expect(text).not.toMatch(/^assent_active_transactions\{/m)
  })

  it('ask the store once, however many scrape', async () => {
    let asked = 0
    const metrics = createMetrics(() => {
      asked += 1
      return figures()
    })
    await Promise.all([metrics.text(), metrics.text(), metrics.text()])
    expect(asked).toBe(1)
  })
})

it('a bounded label lets the first values through, and goes on knowing them', () => {
  const label = boundedLabel(2)
  expect(['a', 'b', 'c', 'a', 'd', 'b'].map(label)).toEqual(['a', 'b', OTHER, 'a', OTHER, 'b'])
})

describe('the log', () => {
  const logged = (level: string) => {
    const lines: Record<string, unknown>[] = []
    const observer = loggingObserver(logInto(lines, level))
    for (const observation of ALL) observer.observe(observation)
    return lines
  }

  it('says nothing of a transaction that goes its way, unless it is asked to', () => {
    const events = logged('info').map(({ event }) => event)
    for (const usual of ['accepted', 'decided', 'ended', 'attempt', 'commit', 'command']) {
      expect(events).not.toContain(usual)
    }
    expect(logged('debug').map(({ event }) => event)).toEqual(ALL.map(({ kind }) => kind))
  })

  it('says of a store that is away what fails, and not each time', () => {
    const lines: Record<string, unknown>[] = []
    const observer = loggingObserver(logInto(lines))
    for (const what of ['write', 'claim', 'write', 'write', 'claim']) {
      observer.observe({ kind: 'store-failed', what, certain: true, error: 'connection refused' })
    }
    expect(lines.map(({ what }) => what)).toEqual(['write', 'claim'])
  })

  it('says of a broker that is away what stalls, and not each time', () => {
    const lines: Record<string, unknown>[] = []
    const observer = loggingObserver(logInto(lines))
    for (let time = 0; time < 3; time++) {
      observer.observe({ kind: 'replies-stalled', topic: 'assent-replies', error: 'no broker' })
    }
    expect(lines).toMatchObject([{ level: 40, topic: 'assent-replies', error: 'no broker' }])
  })

  it('warns of what somebody should look at, and errs on what is wrong, with the gid', () => {
    const lines = logged('info')
    const levelOf = (kind: string) => lines.find(({ event }) => event === kind)
    expect(levelOf('attention')).toMatchObject({ level: 40, gid, branchId: '01', reason: 'slow' })
    expect(levelOf('incarnation')).toMatchObject({ level: 40 })
    expect(levelOf('store-failed')).toMatchObject({ level: 50, error: 'EIO' })
    expect(levelOf('row-went-back')).toMatchObject({ level: 50, gid })
    expect(levelOf('fault')).toMatchObject({ level: 50 })
    const deadLetter = { level: 40, topic: 'assent-replies', partition: 2, offset: '17' }
    expect(levelOf('dead-letter')).toMatchObject(deadLetter)
  })
})

describe('the audit', () => {
  it('is a line for each changing request: who, what, which gid, which result', () => {
    const lines: Record<string, unknown>[] = []
    const observer = auditObserver(logInto(lines, 'error'))
    for (const observation of ALL) observer.observe(observation)
    expect(lines).toMatchObject([
      { audit: true, actor: 'alice@10.0.0.7', command: 'submit', gid, result: 'COMMITTED' },
    ])
  })
})
