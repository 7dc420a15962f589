import { type AssentError, invalidRequest } from '@assent/contract'
import type { OpenTransaction, WithinAnswer } from '@assent/engine'

/** A `?` for each value. */
export function marksFor(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ')
}

/** Text as drivers give it back: some give bytes where a column compares by bytes. */
export function textFrom(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value)
}

/** Whether a column says yes, as true, 1, 1n or '1'. */
export function isYes(value: unknown): boolean {
  return value === true || Number(value) === 1
}

/** Throws INVALID_REQUEST for a transaction of another kind of database than the store's. */
export function assertDialect(within: OpenTransaction, dialect: OpenTransaction['dialect']): void {
  if (within.dialect !== dialect) throw notHere(`the store is in ${dialect}, and it is of ${within.dialect}`)
}

/** The transaction is not of the store's own database: what is written there nobody would find. */
export function notHere(why: string): AssentError {
  const problem = `must be a transaction of the database that the store is in: ${why}`
  return invalidRequest([{ path: 'within', problem }])
}

export const ANOTHER_DATABASE =
  'this coordinator is not known there, so it is another one, or began before the coordinator did'

export const WRITTEN: WithinAnswer = Object.freeze({ outcome: 'written' })
