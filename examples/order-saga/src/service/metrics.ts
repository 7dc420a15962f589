/** A figure as Prometheus reads it: one number, or one for each value of a label. */
export interface Metric {
  name: string
  /** A counter grows for as long as its process lives. */
  type: 'counter' | 'gauge'
  help: string
  value: number | { label: string; by: Readonly<Record<string, number>> }
}

/** Prometheus text. Names, labels and their values are our own words, in which nothing has to be escaped. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics.map(textOf).join('')
}

function textOf({ name, type, help, value }: Metric): string {
  const samples =
    typeof value === 'number'
      ? [`${name} ${value}\n`]
      : Object.entries(value.by).map(([of, number]) => `${name}{${value.label}="${of}"} ${number}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.join('')}`
}
