import { tableName } from '../barrier/table-name.ts'

export const OUTBOX_TABLE = 'assent_outbox'

/** What stands behind the outbox's name in those of the tables beside it must fit. */
const NAME_MAX_LENGTH = 50

/** Throws TypeError for what is no plain name: it is written into statements. */
export function outboxName(table: string = OUTBOX_TABLE): string {
  if (table.length > NAME_MAX_LENGTH) {
    throw new TypeError(`an outbox's name has at most ${NAME_MAX_LENGTH} letters: ${JSON.stringify(table)}`)
  }
  return tableName(table)
}

/** The same outbox however its name is written: PostgreSQL folds names, and takes a channel to the letter. */
export function channelOf(table: string): string {
  return table.toLowerCase()
}

/** The table in which relays hold lanes. */
export function lanesOf(table: string): string {
  return `${table}_lanes`
}

/** The parts of the outbox that relays share, each of which one of them has at a time. A key is always in the same. */
export const LANES = 64

export const ALL_LANES: readonly number[] = Array.from({ length: LANES }, (_, lane) => lane)
