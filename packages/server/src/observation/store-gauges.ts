import { isEnded, STATUSES, type Status } from '@assent/contract'
import { Gauge, type Registry } from '@prometheus-io/client'

/** What the store knows about all transactions that have not ended. */
export interface StoreSummary {
  active: Readonly<Partial<Record<Status, number>>>
  /** Epoch milliseconds; null when there is none. */
  oldestUndecidedAt: number | null
  attention: number
}

export type StoreFigures = () => Promise<StoreSummary>

/** A scrape waits no longer for the store than this. */
const FIGURES_TIMEOUT_MS = 2_000
/** However many scrape, the store is asked no more often than this. */
const FIGURES_KEPT_MS = 1_000

/** Gauges whose values the store has; they are missing from a scrape that the store did not answer. */
export function storeGauges(registry: Registry, figures: StoreFigures): { refresh(): Promise<void> } {
  const registers = [registry]
  const active = new Gauge({
    name: 'seata_active_transactions',
    help: 'Transactions that have not ended',
    registers,
  })
  const byStatus = new Gauge({
    name: 'assent_active_transactions',
    help: 'Transactions that have not ended',
    labelNames: ['status'],
    registers,
  })
  const oldest = new Gauge({
    name: 'assent_oldest_undecided_seconds',
    help: 'Age of the oldest transaction that has not ended',
    registers,
  })
  const attention = new Gauge({
    name: 'assent_attention',
    help: 'Transactions that need somebody to look',
    registers,
  })
  const set = (summary: StoreSummary): void => {
    const counts = Object.entries(summary.active) as [Status, number][]
    active.set(counts.reduce((sum, [, count]) => sum + count, 0))
    for (const status of OPEN) byStatus.set({ status }, summary.active[status] ?? 0)
    const { oldestUndecidedAt } = summary
    oldest.set(oldestUndecidedAt === null ? 0 : Math.max(0, (Date.now() - oldestUndecidedAt) / 1000))
    attention.set(summary.attention)
  }
  const forget = (): void => {
    for (const gauge of [active, oldest, attention]) gauge.remove()
    for (const status of OPEN) byStatus.remove(status)
  }
  return { refresh: kept(() => withTimeout(figures()).then(set, forget)) }
}

const OPEN = STATUSES.filter((status) => !isEnded(status))

/** Asks once for all who want to know at about the same time. */
function kept(ask: () => Promise<void>): () => Promise<void> {
  let asked: Promise<void> | undefined
  let freshUntil = 0
  return () => {
    if (asked === undefined || performance.now() >= freshUntil) {
      freshUntil = performance.now() + FIGURES_KEPT_MS
      asked = ask()
    }
    return asked
  }
}

async function withTimeout<Answer>(answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the store did not answer in time')), FIGURES_TIMEOUT_MS)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
