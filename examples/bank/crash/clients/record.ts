import type { Transfer } from './transfer.ts'

/** Everything that a client was told about one transfer but its statuses, and so may rely on. */
export interface TransferRecord {
  transfer: Transfer
  /** A 2xx said that the transaction is kept. */
  acknowledged: boolean
  /** Branches that a 2xx said are kept. */
  branches: string[]
  /** Answers that no question of the client should get. */
  unexpected: string[]
  /** Requests that were sent and not answered, or answered 503. */
  lostAnswers: number
  /** Requests to another coordinator than the one before. */
  askedElsewhere: number
  /** The client gave up before it had an answer to everything. */
  gaveUp: boolean
}

export function newRecord(transfer: Transfer): TransferRecord {
  return {
    transfer,
    acknowledged: false,
    branches: [],
    unexpected: [],
    lostAnswers: 0,
    askedElsewhere: 0,
    gaveUp: false,
  }
}
