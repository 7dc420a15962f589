import type { FaultRun } from '../run.ts'

const MS_PER_SECOND = 1_000
/** A run in which little happens proves little. */
const ENDS_MIN = 10

/** Every saga can fail at each of its steps. */
const STEPS = ['order', 'payment', 'inventory', 'approval'] as const

const amidWork = ({ strikes }: FaultRun) => strikes.filter((strike) => strike.amidWork)

/** What happened, in a line. */
export function tallyText(run: FaultRun): string {
  const { settings, strikes, evidence, copies, customers, tookMs } = run
  const ends = [...customers.endedAs].map(([end, count]) => `${count} ${end}`).join(', ')
  const struck = [...Map.groupBy(amidWork(run), ({ victim }) => victim)]
    .map(([victim, { length }]) => `${victim} ${length}`)
    .join(', ')
  return [
    `seed ${settings.seed}: ${amidWork(run).length} faults amid work of ${strikes.length} in ${(tookMs / MS_PER_SECOND).toFixed(0)} s (${struck})`,
    `${evidence.orders.length} orders (${ends}), ${evidence.events.length} events`,
    `${copies} messages sent again, ${evidence.repeats.length} commands repeated after the end`,
  ].join('; ')
}

/** What a run lacks to prove anything, a sentence for each; nothing when it does. */
export function shortfalls(run: FaultRun): string[] {
  const { settings, evidence, copies, customers } = run
  const victims = new Set(amidWork(run).map(({ victim }) => victim))
  const least: [what: string, found: number, least: number][] = [
    ['faults that struck amid work', amidWork(run).length, settings.faults],
    ['different victims of them', victims.size, Math.min(settings.faults, 5)],
    ...STEPS.map((step): [string, number, number] => [
      `sagas that failed at the step ${step}`,
      evidence.sagas.filter(({ failedStep }) => failedStep === step).length,
      1,
    ]),
    ['orders that were approved', customers.endedAs.get('approved') ?? 0, ENDS_MIN],
    ['orders that were cancelled', customers.endedAs.get('cancelled') ?? 0, ENDS_MIN],
    ['refunds', evidence.payments.filter(({ status }) => status === 'refunded').length, 1],
    ['messages sent again', copies, ENDS_MIN],
    ['commands repeated after the end', evidence.repeats.length, 1],
  ]
  return least
    .filter(([, found, wanted]) => found < wanted)
    .map(([what, found, wanted]) => `${what}: ${found}, and at least ${wanted} are wanted`)
}
