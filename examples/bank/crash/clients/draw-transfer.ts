import { seededChance } from '../../src/faults.ts'
import { COURSES, type Ending, type Following, type Place, type Transfer } from './transfer.ts'

/** Open accounts of each bank, rich enough that no undo of a deposit ever finds its money spent. */
export const ACCOUNTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const
export const OPENING_CENTS = 1_000_000_00
export const CLOSED_ACCOUNT = 'closed'

const CENTS_MAX = 500_00
const TOO_MANY_CENTS = OPENING_CENTS * 1_000
const WAIT_MS = 3_000
const DEADLINE_MS = 15_000
/** What nobody submits would else hold up the end of a run. */
const LEFT_DEADLINE_MS = 3_000
/** So short that calls whose answer nobody knows yet are undone. */
const SHORT_DEADLINE_MAX_MS = 400

const ENDINGS: readonly [Ending, ...Ending[]] = [
  'submit',
  'submit',
  'submit',
  'confirm',
  'confirm',
  'cancel',
  'abort',
  'leave',
]

const FOLLOWINGS: readonly [Following, ...Following[]] = [
  'nothing',
  'nothing',
  'nothing',
  'nothing',
  'wait',
  'events',
  'retry',
  'abort',
]

/** The transfer number `index` of a run: always the same for the same seed. */
export function drawTransfer(seed: number, index: number): Transfer {
  const route = seed * 1_000_003 + index
  const chance = seededChance(route)
  const happens = (probability: number) => chance() < probability
  const oneOf = <Item>(items: readonly [Item, ...Item[]]): Item =>
    items[Math.floor(chance() * items.length)] ?? items[0]
  const northPays = happens(0.5)
  const payer: Place = { bank: northPays ? 'north' : 'south', account: oneOf(ACCOUNTS) }
  const payee: Place = { bank: northPays ? 'south' : 'north', account: oneOf(ACCOUNTS) }
  // Most can succeed; the others meet a closed account on either side, or a balance that is too small.
  const fate = chance()
  const ending = oneOf(ENDINGS)
  const following = oneOf(FOLLOWINGS)
  const isTooMuch = fate > 0.05 && fate < 0.1
  return {
    gid: `crash-${seed}-${index}`,
    course: oneOf(COURSES),
    from: fate < 0.05 ? { ...payer, account: CLOSED_ACCOUNT } : payer,
    to: fate > 0.92 ? { ...payee, account: CLOSED_ACCOUNT } : payee,
    cents: isTooMuch ? TOO_MANY_CENTS : 1 + Math.floor(chance() * CENTS_MAX),
    // Deposited before it is refused elsewhere, so much could be spent meanwhile, and then never be given back.
    ordered: happens(0.6) || isTooMuch,
    pivot: happens(0.2),
    ending,
    following,
    // Who waits for the end has nothing left to follow.
    waitMs: following === 'nothing' && happens(0.8) ? WAIT_MS : 0,
    patient: happens(0.85),
    deadlineMs: happens(0.15)
      ? 50 + Math.floor(chance() * SHORT_DEADLINE_MAX_MS)
      : ending === 'leave'
        ? LEFT_DEADLINE_MS
        : DEADLINE_MS,
    route,
  }
}
