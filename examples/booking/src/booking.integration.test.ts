import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { open } from 'assent'
import { memory } from 'assent/store/memory'
import { rehearse } from 'assent/testing'
import { expect, it } from 'vitest'
import { bookingOf } from './booking.ts'
import { openPlaces } from './places.ts'

const STORIES = 400
/** More than there are stories. */
function names(kind: string): string[] {
  return Array.from({ length: 2 * STORIES }, (_, number) => `${kind} ${number}`)
}

it('four travellers share three seats and two rooms, and nobody has one without the other', () => {
  const main = join(import.meta.dirname, 'main.ts')
  const { stdout, status } = spawnSync(process.execPath, [main], { encoding: 'utf8', timeout: 25_000 })
  expect(stdout.trimEnd().split('\n')).toEqual([
    'ada   seat 1A, room 11',
    'ben   seat 1B, room 12: too dear',
    'cleo  seat 1B, room 12: COMMITTED',
    'dan   room: NO_ROOM',
    'taken: seats 1A,1B, rooms 11,12; free: 1C',
  ])
  expect(status).toBe(0)
})

it('what is held is not free for others, and not taken before all is held', async () => {
  const airline = openPlaces(['1A'], 1)
  const booking = bookingOf(airline, openPlaces(['11'], 1))
  await using assent = await open({ store: memory(), definitions: [booking] })
  await using held = await assent.begin(booking, { traveller: 'ada' })
  await held.try('seat')
  expect([airline.list('held'), airline.list('taken')]).toEqual([['1A'], []])
  const other = await assent.run(booking, { traveller: 'ben' })
  expect(other).toMatchObject({ status: 'ABORTED', failedBranch: 'seat', refusal: { code: 'NO_SEAT' } })
  expect(await held.submit()).toMatchObject({ status: 'COMMITTED' })
  expect(airline.list('taken')).toEqual(['1A'])
})

it('whatever goes wrong, a seat and a room are taken, or nothing is held', async () => {
  const [airline, hotel] = [openPlaces(names('seat'), 1), openPlaces(names('room'), 1)]
  let taken = 0
  const check = ({ status }: { status: string }) => {
    if (status === 'COMMITTED') taken += 1
    for (const places of [airline, hotel]) {
      expect({ taken: places.list('taken').length, held: places.list('held') }).toEqual({ taken, held: [] })
    }
  }
  const { stories } = await rehearse(bookingOf(airline, hotel), { traveller: 'ada' }, check, {
    stories: STORIES,
  })
  expect(stories).toBe(STORIES)
})
