import type { Report, Table } from '../../report/finding.ts'
import { describeMachine } from '../../report/machine.ts'
import { processesTable, ratesTable } from '../../report/rounds-table.ts'
import type { Outcome } from '../measure.ts'
import { figuresOf, overview, type Pair } from './figures.ts'

export interface Found {
  outcomes: readonly Outcome[]
  pairs: readonly Pair[]
  /** What the sides say of themselves. */
  settings: readonly string[]
  /** Sides without figures, and why. */
  absent: readonly string[]
  othersCores: number
  at: Date
}

export function reportOf({ outcomes, pairs, settings, absent, othersCores, at }: Found): Report {
  const many = outcomes.filter(({ pace }) => pace.connections > 1)
  return {
    question: 'peers',
    asks: 'How fast are the same sagas on Assent and on what else one might pick? Every saga is awaited from its request to its end.',
    settings: [...pacesOf(outcomes), ...settings, ...absent.map((reason) => `**Not run:** ${reason}.`)],
    figures: many.flatMap((outcome) => figuresOf(outcome, pairs)),
    tables: [overview(outcomes), ...many.flatMap(tablesOf)],
    command: 'npm run bench:peers',
    at: at.toISOString(),
    machine: describeMachine(),
    othersCores,
  }
}

function tablesOf({ work, pace, measured }: Outcome): Table[] {
  const title = `${work.name}, ${pace.connections} at once`
  return [ratesTable(`Rates: ${title}`, measured), processesTable(`Processes: ${title}`, measured)]
}

function pacesOf(outcomes: readonly Outcome[]): string[] {
  const works = new Map(outcomes.map(({ work }) => [work.name, work.title]))
  const paces = new Map(outcomes.map(({ pace }) => [pace.connections, pace]))
  return [
    `The works: ${[...works].map(([name, title]) => `\`${name}\`, ${title}`).join('; ')}.`,
    ...[...paces.values()].map(
      ({ connections, rounds, seconds, warmSeconds }) =>
        `${connections} at once: ${rounds} rounds of ${seconds} s a side, in turns, after ${warmSeconds} s each to get warm; medians of the rounds.`,
    ),
    'One load process sends each saga with an id of its own and the next when it has ended, over undici. One participant, a `node:http` process that answers at once, is called by all sides over HTTP on at most 128 connections. Both share the machine with the sides.',
    'After each round every answer must have said that its saga ended as it was to, and the participant must have seen each of its calls once, by id; else the side has no figures. Every side syncs to disk before it acknowledges. All run with `NODE_ENV=production` on the loopback interface.',
  ]
}
