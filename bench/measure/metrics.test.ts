import { describe, expect, it } from 'vitest'
import { metricIn } from './metrics.ts'

const TEXT = `# HELP assent_transactions_accepted_total Transactions accepted
# TYPE assent_transactions_accepted_total counter
assent_transactions_accepted_total{mode="saga",name="transfer"} 40
assent_transactions_accepted_total{mode="tcc",name=""} 2
assent_store_conflicts_total 3
assent_store_commit_rows_sum 1.5e+3
assent_store_commit_rows_sum_of_others 7
`

describe('a metric in Prometheus text', () => {
  it('is the sum over its labels', () => {
    expect(metricIn(TEXT, 'assent_transactions_accepted_total')).toBe(42)
  })

  it('is not that of a name that begins alike', () => {
    expect(metricIn(TEXT, 'assent_store_commit_rows_sum')).toBe(1_500)
    expect(metricIn(TEXT, 'assent_store_conflicts')).toBe(0)
  })
})
