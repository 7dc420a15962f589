import { type Measured, medianOf } from '../../measure/rounds.ts'
import type { Figure, Table } from '../../report/finding.ts'
import { ratioFigure } from '../../report/rounds-table.ts'
import { count, microseconds, milliseconds, ratio } from '../../report/words.ts'
import type { Outcome } from '../measure.ts'

const RATE_RATIO_MIN = 10
/** What all sides share, so that none of it is a side's own. */
const SHARED = ['participant', 'load']

/** Who is held against whom, by name. */
export interface Pair {
  assent: string
  peer: string
}

/** Many at once: the rates, the slowest answers, and what the systems themselves spend, by which a ratio travels. */
export function figuresOf({ work, measured }: Outcome, pairs: readonly Pair[]): Figure[] {
  return pairs.flatMap(({ assent, peer }) => {
    const one = measured.find(({ side }) => side.name === assent)
    const other = measured.find(({ side }) => side.name === peer)
    if (one === undefined || other === undefined) return []
    const who = `${assent} to ${peer}`
    return [
      ratioFigure(`${work.name}: rate of ${who}`, one, other, RATE_RATIO_MIN),
      slowestFigure(`${work.name}: p99 of ${who}`, one, other),
      {
        what: `${work.name}: CPU of the system for a saga, ${peer} to ${assent}`,
        measured: ratio(systemMicroseconds(other) / systemMicroseconds(one)),
      },
    ]
  })
}

function slowestFigure(what: string, one: Measured, other: Measured): Figure {
  const found = slowest(one) / slowest(other)
  return { what, measured: ratio(found), target: 'under 1', met: found < 1 }
}

const slowest = (side: Measured): number => medianOf(side, ({ seen }) => seen.p99Ms)

/** CPU that everything but load and participant took for one saga: server, service and database. */
export function systemMicroseconds(side: Measured): number {
  const names = Object.keys(side.rounds[0]?.processes ?? {}).filter((name) => !SHARED.includes(name))
  return names.reduce(
    (sum, name) => sum + medianOf(side, ({ processes }) => processes[name]?.cpuMicroseconds ?? Number.NaN),
    0,
  )
}

/** All works in one table. */
export function overview(outcomes: readonly Outcome[]): Table {
  return {
    title: 'All works',
    head: ['work', 'at once', '', 'sagas per second', 'p50', 'p99', 'CPU of the system for a saga'],
    rows: outcomes.flatMap(({ work, pace, measured }) =>
      measured.map((side) => [
        work.name,
        String(pace.connections),
        side.side.name,
        count(medianOf(side, ({ seen }) => seen.rate)),
        milliseconds(medianOf(side, ({ seen }) => seen.p50Ms)),
        milliseconds(slowest(side)),
        microseconds(systemMicroseconds(side)),
      ]),
    ),
  }
}
