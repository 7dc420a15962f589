import { http, unchecked, xa } from 'assent'

export interface Transfer {
  from: string
  to: string
  cents: number
}

/** What each bank is sent: its account, and by how much that changes. */
export interface Booking {
  account: string
  cents: number
}

/** Money from the savings bank to the giro bank: both prepare it, and then both commit it or neither does. */
export function transferBetween(savingsUrl: string, giroUrl: string) {
  return xa('transfer', { version: 1, input: unchecked<Transfer>() })
    .step('withdraw', http(addresses(savingsUrl)), {
      payload: ({ input }): Booking => ({ account: input.from, cents: -input.cents }),
    })
    .step('deposit', http(addresses(giroUrl)), {
      after: [],
      payload: ({ input }): Booking => ({ account: input.to, cents: input.cents }),
    })
}

/** One address takes all three: the call says which it is. */
function addresses(url: string) {
  return { prepare: url, commit: url, rollback: url }
}
