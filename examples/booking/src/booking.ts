import { Refused, tcc, unchecked } from 'assent'
import type { Places } from './places.ts'

/** A seat and a room, both or neither. `after: []` has the room tried beside the seat and not behind it. */
export function bookingOf(airline: Places, hotel: Places) {
  return tcc('booking', { version: 1, input: unchecked<{ traveller: string }>() })
    .step('seat', {
      barrier: airline.barrier,
      try: ({ gid }) => {
        const seat = airline.hold(gid)
        if (seat === null) throw new Refused('NO_SEAT')
        return seat
      },
      confirm: ({ gid }) => airline.take(gid),
      cancel: ({ gid }) => airline.free(gid),
    })
    .step('room', {
      after: [],
      barrier: hotel.barrier,
      try: ({ gid }) => {
        const room = hotel.hold(gid)
        if (room === null) throw new Refused('NO_ROOM')
        return room
      },
      confirm: ({ gid }) => hotel.take(gid),
      cancel: ({ gid }) => hotel.free(gid),
    })
}
