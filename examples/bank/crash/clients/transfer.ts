import type { BankName } from '../../src/settings.ts'

/** How the application goes about a transfer. */
export const COURSES = [
  /** `/api/tx`, in saga mode. */
  'saga at once',
  /** `/api/start`, `/api/branch/add`, and then submit or abort. */
  'saga in steps',
  /** The application calls the paying bank by itself and reports how that ended. */
  'saga with a branch of its own',
  /** `/api/tx`, in tcc mode. */
  'tcc at once',
  /** `/api/branch/try`, and then submit, confirm, cancel or abort. */
  'tcc in steps',
] as const
export type Course = (typeof COURSES)[number]

/** How a course in steps ends where nothing else decides it. */
export type Ending = 'submit' | 'abort' | 'confirm' | 'cancel' | 'leave'

/** What its client does when the transfer is on its way: it may come to a coordinator that does not drive it. */
export type Following = 'nothing' | 'wait' | 'events' | 'retry' | 'abort'

export interface Place {
  bank: BankName
  account: string
}

/** Money that one account is to pay to another, at the other bank. */
export interface Transfer {
  gid: string
  course: Course
  from: Place
  to: Place
  cents: number
  /** The deposit waits for the withdrawal; else both are called at once. */
  ordered: boolean
  /** The deposit decides, and is never undone. */
  pivot: boolean
  ending: Ending
  following: Following
  /** How long the client asks to wait for the end, milliseconds; 0: not at all. */
  waitMs: number
  /** The client asks again until it is answered; else it takes a lost answer for its last. */
  patient: boolean
  /** Phase one's deadline, milliseconds. */
  deadlineMs: number
  /** Where chance begins that sends its client from coordinator to coordinator. */
  route: number
}

export const TAKE = 'take'
export const GIVE = 'give'

export const isTcc = ({ course }: Transfer): boolean => course.startsWith('tcc')
