import { describe, expect, it } from 'vitest'
import { crashSettings } from '../settings.ts'
import { shortfalls } from './shortfalls.ts'
import type { Tally } from './tally.ts'

const SETTINGS = crashSettings('postgres', { strikes: 20, faults: ['coordinator killed', 'database killed'] })

const ENOUGH: Tally = {
  strikes: {
    'coordinator killed': { all: 15, amidWork: 14 },
    'database killed': { all: 7, amidWork: 6 },
  },
  transfersByCourse: { 'saga at once': 40 },
  transfersByEnd: { COMMITTED: 20, ABORTED: 20 },
  lostAnswers: 3,
  askedElsewhere: 30,
  decisionsSeen: 9,
  callsByOutcome: { done: 60, unknown: 5 },
  emptyUndos: 2,
}

describe('a run that proves something', () => {
  it('lacks nothing', () => {
    expect(shortfalls(ENOUGH, SETTINGS)).toEqual([])
  })

  it.each<[string, Partial<Tally>, string]>([
    [
      'faults that hit amid work',
      {
        strikes: {
          'coordinator killed': { all: 15, amidWork: 10 },
          'database killed': { all: 30, amidWork: 6 },
        },
      },
      'faults that struck amid work: 16, and at least 20 are wanted',
    ],
    [
      'faults of each kind',
      { strikes: { 'coordinator killed': { all: 20, amidWork: 20 } } },
      'times that database killed struck amid work: 0',
    ],
    ['commits', { transfersByEnd: { ABORTED: 40 } }, 'transfers that were committed: 0'],
    ['answers that were lost', { lostAnswers: 0 }, 'answers lost on the way to a client: 0'],
    ['requests to another coordinator', { askedElsewhere: 0 }, 'requests to another coordinator: 0'],
    ['readers that saw something', { decisionsSeen: 0 }, 'decisions seen before they were carried out: 0'],
  ])('has %s', (_what, less, shortfall) => {
    expect(shortfalls({ ...ENOUGH, ...less }, SETTINGS).join('\n')).toContain(shortfall)
  })
})
