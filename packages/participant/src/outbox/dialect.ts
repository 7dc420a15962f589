import type { Row, Statement, Value } from '../databases/database.ts'
import type { NewEventRow } from './event.ts'

/** What PostgreSQL and MySQL each do in a way of their own, on the outbox's tables. */
export interface OutboxDialect {
  /** Creates the tables where they are missing, also while others do so. */
  create(table: string): readonly Statement[]
  /** The statement that adds the rows of these lanes, but those that are there. */
  addLanes(table: string, lanes: readonly number[]): string
  /**
   * Adds events, of which those of one key stand together and in their order. Before an event gets its position its
   * key is held against every other writer, until the commit: within a key, positions are in the order of commits.
   * With `wakes` the commit wakes the relays that listen, unless one of them has said that it is awake.
   */
  add(table: string, rows: readonly NewEventRow[], options: { wakes: boolean }): readonly Statement[]
  /** In the order in which everyone holds keys. */
  sorted(rows: readonly NewEventRow[]): readonly NewEventRow[]
  /** Says to all writers, at once and without a commit, that a relay looks by itself for so long. */
  sayAwake(table: string, forMs: number): readonly Statement[]
  /** Ends the round of a relay that has gone away without closing its connection; nothing where that can't be asked. */
  limitRound(holdMaxMs: number): readonly Statement[]
  /** A column of text as it is read, whatever the driver makes of its type, and its text. */
  readText(column: string): string
  textOf(row: Row, name: string): string | null
  /** A text as it is bound, and the place that it takes in a statement. */
  textValue(text: string): Value
  textPlace: string
  idPlace: string
  /** Milliseconds from the column to now, and the time that is so long ago. */
  ageOf(column: string): string
  agoPlace: string
}
