/** Four travellers, three seats and two rooms. */
import { isAssentError, open } from 'assent'
import { memory } from 'assent/store/memory'
import { bookingOf } from './booking.ts'
import { openPlaces } from './places.ts'

const airline = openPlaces(['1A', '1B', '1C'], 240_00)
const hotel = openPlaces(['11', '12'], 310_00)
const booking = bookingOf(airline, hotel)
await using assent = await open({ store: memory(), definitions: [booking] })

/** All at once. */
async function book(traveller: string): Promise<string> {
  const ended = await assent.run(booking, { traveller }, { gid: `trip-of-${traveller}` })
  if (ended.status === 'ABORTED') return `${ended.failedBranch}: ${ended.refusal.code}`
  return `seat ${ended.results.seat.name}, room ${ended.results.room.name}`
}

/** Step by step, with a look at the price in between. Whatever leaves this function early gives everything back. */
async function bookWithin(traveller: string, budgetCents: number): Promise<string> {
  await using held = await assent.begin(booking, { traveller }, { gid: `trip-of-${traveller}` })
  try {
    const seat = await held.try('seat')
    const room = await held.try('room')
    if (seat.cents + room.cents > budgetCents) return `seat ${seat.name}, room ${room.name}: too dear`
    const { status } = await held.submit()
    return `seat ${seat.name}, room ${room.name}: ${status}`
  } catch (error) {
    if (isAssentError(error) && error.code === 'BRANCH_REFUSED') return 'nothing left'
    throw error
  }
}

console.log(`ada   ${await book('ada')}`)
console.log(`ben   ${await bookWithin('ben', 500_00)}`)
// What he held is given back behind his back: the next one waits for it.
await assent.handle(booking, 'trip-of-ben').result()
console.log(`cleo  ${await bookWithin('cleo', 600_00)}`)
console.log(`dan   ${await book('dan')}`)
const [seats, rooms] = [airline.list('taken'), hotel.list('taken')]
console.log(
  `taken: seats ${seats}, rooms ${rooms}; free: ${[...airline.list('free'), ...hotel.list('free')]}`,
)
if (seats.length !== rooms.length) process.exitCode = 1
