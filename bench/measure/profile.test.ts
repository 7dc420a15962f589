import { describe, expect, it } from 'vitest'
import { type Profile, selfTimes } from './profile.ts'

const frame = (functionName: string, url = 'file:///x.ts') => ({ functionName, url, lineNumber: 0 })

const PROFILE: Profile = {
  nodes: [
    { id: 1, callFrame: frame('start') },
    { id: 2, callFrame: frame('serve') },
    { id: 3, callFrame: frame('(idle)', '') },
    { id: 4, callFrame: frame('never') },
  ],
  samples: [1, 2, 3, 2, 2],
  timeDeltas: [2_000, 1_000, 9_000, 500, 250],
}

describe('the self times of a profile', () => {
  it('count what a function itself ran, and neither idling nor what never ran', () => {
    const times = selfTimes(PROFILE, 0).map(({ name, microseconds }) => [name, microseconds])
    expect(times).toEqual([
      ['start', 2_000],
      ['serve', 1_750],
    ])
  })

  it('leave out the start', () => {
    const times = selfTimes(PROFILE, 12).map(({ name, microseconds }) => [name, microseconds])
    expect(times).toEqual([['serve', 750]])
  })
})
