import { Counter, type Registry } from '@prometheus-io/client'

interface Cell {
  labels: Record<string, string>
  count: number
}

/**
 * A counter with labels that counts in a plain number, and hands over to the metric when it is scraped: several
 * times cheaper than the metric itself, which matters where every call to a branch is counted.
 */
export class Tally<const Labels extends readonly string[]> {
  readonly #labelNames: Labels
  readonly #cells = new Map<string, Cell>()

  constructor(registry: Registry, name: string, help: string, labelNames: Labels) {
    this.#labelNames = labelNames
    const cells = this.#cells
    new Counter<string>({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        for (const cell of cells.values()) {
          if (cell.count > 0) this.inc(cell.labels, cell.count)
          cell.count = 0
        }
      },
    })
  }

  /** Values in the order of the labels. */
  add(...values: { [Index in keyof Labels]: string }): void {
    const key = values.join('\n')
    let cell = this.#cells.get(key)
    if (cell === undefined) {
      cell = {
        count: 0,
        labels: Object.fromEntries(this.#labelNames.map((name, at) => [name, values[at] ?? ''])),
      }
      this.#cells.set(key, cell)
    }
    cell.count += 1
  }
}
