import { type Measured, medianOf, ratioOf } from '../measure/rounds.ts'
import type { Figure, Table } from './finding.ts'
import { cores, count, megabytes, microseconds, milliseconds, ratio } from './words.ts'

/** The rate of each side, and what it took: medians over the rounds. */
export function ratesTable(title: string, measured: readonly Measured[]): Table {
  return {
    title,
    head: ['', 'per second', 'p50', 'p99', 'rates of the rounds', 'cores that other programs took'],
    rows: measured.map((side) => [
      side.side.name,
      count(medianOf(side, ({ seen }) => seen.rate)),
      milliseconds(medianOf(side, ({ seen }) => seen.p50Ms)),
      milliseconds(medianOf(side, ({ seen }) => seen.p99Ms)),
      side.rounds.map(({ seen }) => count(seen.rate)).join(', '),
      cores(medianOf(side, ({ othersCores }) => othersCores)),
    ]),
  }
}

/** What each process spent: medians over the rounds, CPU seconds of all rounds together. */
export function processesTable(title: string, measured: readonly Measured[]): Table {
  const rows = measured.flatMap((side) => {
    const names = Object.keys(side.rounds[0]?.processes ?? {})
    return names.map((name) => {
      const spent = side.rounds.flatMap(({ processes }) => processes[name] ?? [])
      const middle = (read: (one: (typeof spent)[number]) => number): number =>
        medianOf(side, ({ processes }) => (processes[name] ? read(processes[name]) : Number.NaN))
      const seconds = spent.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
      return [
        side.side.name,
        name,
        seconds.toFixed(1),
        cores(middle((one) => one.cores)),
        microseconds(middle((one) => one.cpuMicroseconds)),
        microseconds(middle((one) => one.mainMicroseconds)),
        megabytes(Math.max(...spent.map(({ rssMib }) => rssMib))),
      ]
    })
  })
  return {
    title,
    head: ['', 'process', 'CPU seconds', 'cores', 'CPU per answer', 'of it main thread', 'RSS at most'],
    rows,
  }
}

/** One side against another, and what their ratio has to be at least, if anything. */
export function ratioFigure(
  what: string,
  one: Measured,
  other: Measured,
  target: number | undefined,
): Figure {
  const found = ratioOf(one, other)
  const measured = `${ratio(found.median)} (${ratio(found.least)} to ${ratio(found.most)} in single rounds)`
  if (target === undefined) return { what, measured }
  return { what, measured, target: `at least ${target}`, met: found.median >= target }
}
