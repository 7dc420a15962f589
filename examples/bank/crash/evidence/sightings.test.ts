import { expect, it } from 'vitest'
import { Sightings } from './sightings.ts'

it('keeps when a status was first told and last asked for, for each who told it', () => {
  const sightings = new Sightings()
  const begunAtMs = performance.now()
  sightings.note('g', { status: 'SUBMITTED', by: 'one', askedAtMs: begunAtMs - 5 })
  sightings.note('g', { status: 'SUBMITTED', by: 'other', askedAtMs: begunAtMs - 4 })
  const afterFirstMs = performance.now()
  sightings.note('g', { status: 'SUBMITTED', by: 'one', askedAtMs: begunAtMs - 1 })
  sightings.note('g', { status: 'SUBMITTED', by: 'one', askedAtMs: begunAtMs - 9 })
  const [one, other, ...none] = sightings.all().get('g') ?? []
  expect(none).toEqual([])
  expect(one).toMatchObject({ by: 'one', lastAskedAtMs: begunAtMs - 1 })
  expect(one?.firstSeenAtMs).toBeGreaterThanOrEqual(begunAtMs)
  expect(one?.firstSeenAtMs).toBeLessThanOrEqual(afterFirstMs)
  expect(other).toMatchObject({ by: 'other', lastAskedAtMs: begunAtMs - 4 })
})
