import { expect, it } from 'vitest'
import { metricsText } from './metrics.ts'

it('figures are written as Prometheus reads them', () => {
  const text = metricsText([
    { name: 'lamps', type: 'gauge', help: 'Lamps that shine', value: 2.5 },
    {
      name: 'lamps_total',
      type: 'counter',
      help: 'Lamps',
      value: { label: 'colour', by: { red: 1, green: 0 } },
    },
  ])
  expect(text).toBe(`# HELP lamps Lamps that shine
# TYPE lamps gauge
lamps 2.5
# HELP lamps_total Lamps
# TYPE lamps_total counter
lamps_total{colour="red"} 1
lamps_total{colour="green"} 0
`)
})
