import { expect, it } from 'vitest'
import { type CalledProfile, sharesOfParts } from './profile-parts.ts'

const node = (id: number, url: string, children: number[] = [], functionName = 'work') => ({
  id,
  callFrame: { functionName, url, lineNumber: 0 },
  children,
})

it('what a part calls counts for it, idle time and the beginning for nobody', () => {
  const profile: CalledProfile = {
    nodes: [
      node(1, '', [2, 4, 5, 6], '(root)'),
      node(2, '/ours/a.ts', [3]),
      node(3, '/library.js'),
      node(4, '/library.js'),
      node(5, '/yours/b.ts'),
      node(6, '', [], '(idle)'),
    ],
    samples: [2, 3, 3, 4, 5, 6],
    timeDeltas: [5_000, 1_000, 1_000, 1_000, 1_000, 9_000],
  }
  const partOf = (url: string) => /^\/(ours|yours)/.exec(url)?.[1]
  expect(sharesOfParts([profile], partOf, 5.5)).toEqual(
    new Map([
      ['ours', 0.5],
      ['other', 0.25],
      ['yours', 0.25],
    ]),
  )
})
