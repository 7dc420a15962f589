import { Counter, collectDefaultMetrics, Histogram, Registry } from '@prometheus-io/client'
import { boundedLabel } from './bounded-labels.ts'
import type { Observation, Observer, Seen } from './observation.ts'
import { type StoreFigures, storeGauges } from './store-gauges.ts'
import { Tally } from './tally.ts'

/** Seconds, from a call within one machine to a transaction that an operator has to look at. */
const CALL_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const TRANSACTION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 3_600]
const COMMIT_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5]
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]

export interface Metrics extends Observer {
  /** One answer of a door: the route as it is written, never a path with ids. */
  answered(door: string, route: string, status: number): void
  /** Prometheus text. Asks the store for its figures; without an answer they are left out. */
  text(): Promise<string>
}

/** Counts what the coordinator reports. Labels are few, and never an id. */
export function createMetrics(figures: StoreFigures): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const store = storeGauges(registry, figures)
  const count = counters(registry)
  const time = histograms(registry)
  const nameOf = boundedLabel()
  return {
    observe: (observation) => observe(observation, count, time, nameOf),
    answered(door, route, status) {
      count.requests.add(door, route, String(status))
    },
    async text() {
      await store.refresh()
      return registry.metrics()
    },
  }
}

type Counters = ReturnType<typeof counters>
type Histograms = ReturnType<typeof histograms>

/** What is counted each time, and no more. */
const EACH_TIME = {
  attention: 'attention',
  'ownership-lost': 'ownershipLost',
  'left-undriven': 'leftUndriven',
  'row-went-back': 'rowsWentBack',
  'replies-stalled': 'repliesStalled',
  fault: 'faults',
} as const

function observe(
  observation: Observation,
  count: Counters,
  time: Histograms,
  nameOf: (name: string) => string,
): void {
  switch (observation.kind) {
    case 'accepted':
      count.accepted.add(observation.mode, nameOf(observation.name))
      break
    case 'decided':
      time.decision.observe({ mode: observation.mode, decision: observation.decision }, seconds(observation))
      break
    case 'ended':
      count.ended.add(observation.mode, nameOf(observation.name), observation.status)
      time.end.observe({ mode: observation.mode, status: observation.status }, seconds(observation))
      break
    case 'attempt':
      attempted(observation, count, time)
      break
    case 'held':
      count.held.add(observation.reason)
      break
    case 'commit':
      time.commit.observe(observation.durationMs / 1000)
      time.batch.observe(observation.rows)
      if (observation.conflicts > 0) count.conflicts.inc(observation.conflicts)
      break
    case 'store-failed':
      count.storeFailures.add(String(observation.certain))
      break
    case 'claimed':
      count.claimed.inc(observation.transactions)
      break
    case 'incarnation':
      count.incarnations.add(observation.reason)
      break
    case 'command':
      count.commands.add(observation.command)
      break
    case 'swept':
      count.swept.inc(observation.swept)
      count.forgotten.inc(observation.forgotten)
      break
    case 'dead-letter':
      count.deadLetters.add(observation.topic)
      break
    case 'reply-passed-over':
      count.repliesPassedOver.add(observation.reason)
      break
    case 'attention':
    case 'ownership-lost':
    case 'left-undriven':
    case 'row-went-back':
    case 'replies-stalled':
    case 'fault':
      count[EACH_TIME[observation.kind]].inc()
      break
  }
}

function attempted(
  { op, scheme, outcome, durationMs }: Seen<'attempt'>,
  count: Counters,
  time: Histograms,
): void {
  const tookSeconds = durationMs / 1000
  count.attempts.add(op, scheme, outcome)
  time.latency.observe(tookSeconds)
  if (outcome === 'done') count.success.inc()
  else if (outcome !== 'ongoing') count.failure.inc()
}

const seconds = ({ afterMs }: { afterMs: number }): number => afterMs / 1000

function counters(registry: Registry) {
  const counter = (name: string, help: string) => new Counter({ name, help, registers: [registry] })
  const tally = <const Labels extends readonly string[]>(name: string, help: string, labels: Labels) =>
    new Tally(registry, name, help, labels)
  return {
    success: counter('seata_branch_success_total', 'Calls to branches that ended done'),
    failure: counter('seata_branch_failure_total', 'Calls to branches that ended refused or unknown'),
    accepted: tally('assent_transactions_accepted_total', 'Transactions accepted', ['mode', 'name']),
    ended: tally('assent_transactions_ended_total', 'Transactions ended', ['mode', 'name', 'status']),
    attempts: tally('assent_attempts_total', 'Calls to branches', ['op', 'scheme', 'outcome']),
    held: tally('assent_calls_held_total', 'Calls that were not made, by what held them', ['reason']),
    attention: counter('assent_attention_total', 'Times that something was brought to attention'),
    conflicts: counter('assent_store_conflicts_total', 'Writes that found another version'),
    storeFailures: tally('assent_store_failures_total', 'Failures of the store', ['certain']),
    claimed: counter('assent_recovered_transactions_total', 'Transactions taken up from the store'),
    incarnations: tally('assent_incarnations_total', 'Lives of the coordinator', ['reason']),
    ownershipLost: counter('assent_ownership_lost_total', 'Transactions that another took over meanwhile'),
    leftUndriven: counter('assent_left_undriven_total', 'Transactions owned and not driven until an audit'),
    rowsWentBack: counter('assent_rows_went_back_total', 'Rows found older than what was acknowledged'),
    commands: tally('assent_commands_total', 'Changing requests, from whichever door', ['command']),
    swept: counter('assent_swept_total', 'Ended transactions turned into tombstones'),
    forgotten: counter('assent_forgotten_total', 'Tombstones forgotten'),
    deadLetters: tally('assent_dead_letters_total', 'Messages that nobody could deal with, put aside', [
      'topic',
    ]),
    repliesPassedOver: tally('assent_replies_passed_over_total', 'Replies that changed nothing', ['reason']),
    repliesStalled: counter(
      'assent_replies_stalled_total',
      'Times that replies could not be received or kept',
    ),
    faults: counter('assent_faults_total', 'Faults of Assent itself that were survived'),
    requests: tally('assent_api_requests_total', 'Answers to requests', ['door', 'route', 'status']),
  }
}

function histograms(registry: Registry) {
  const registers = [registry]
  const histogram = <const Label extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: Label[] = [],
  ) => new Histogram<Label>({ name, help, buckets, labelNames, registers })
  return {
    latency: histogram('seata_branch_latency_seconds', 'How long calls to branches took', CALL_BUCKETS),
    decision: histogram(
      'assent_transaction_decision_seconds',
      'From acceptance to the decision',
      TRANSACTION_BUCKETS,
      ['mode', 'decision'],
    ),
    end: histogram('assent_transaction_end_seconds', 'From acceptance to the end', TRANSACTION_BUCKETS, [
      'mode',
      'status',
    ]),
    commit: histogram('assent_store_commit_seconds', 'How long commits took', COMMIT_BUCKETS),
    batch: histogram('assent_store_commit_rows', 'Rows in a commit', BATCH_BUCKETS),
  }
}
