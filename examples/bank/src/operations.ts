import type { DatabaseSync } from 'node:sqlite'
import { type Call, type Json, type Operations, Refused, type Work } from 'assent/participant'
import type { Account, Bank, Entry } from './bank.ts'

/** What can be done to an account from outside, each in saga and in tcc mode. */
export const MOVEMENTS = ['withdraw', 'deposit'] as const
export type Movement = (typeof MOVEMENTS)[number]

/** A million millions, so that no sum of balances leaves the safe integers. */
export const ORDER_MAX_CENTS = 100_000_000_000_000
const ACCOUNT_PATTERN = /^[A-Za-z0-9_-]{1,64}$/

/**
 * The business functions of both movements. They run inside the barrier's transaction, so each is as plain
 * as if it were called once: no function here asks whether it ran before.
 */
export function operationsOf(bank: Bank): Readonly<Record<Movement, Operations<DatabaseSync>>> {
  return {
    withdraw: {
      action: (work) => answer(bank.withdraw(entry(work.call), ...orderOf(work))),
      compensate: ({ call }) => answer(bank.undo(entry(call), 'action')),
      try: (work) => answer(bank.holdOut(entry(work.call), ...orderOf(work))),
      confirm: ({ call }) =>
        answer(bank.endHold(entry(call), (cents) => ({ balanceCents: -cents, heldCents: -cents }))),
      cancel: ({ call }) => answer(bank.endHold(entry(call), (cents) => ({ heldCents: -cents }))),
    },
    deposit: {
      action: (work) => answer(bank.deposit(entry(work.call), ...orderOf(work))),
      compensate: ({ call }) => answer(bank.undo(entry(call), 'action')),
      try: (work) => answer(bank.holdIn(entry(work.call), ...orderOf(work))),
      confirm: ({ call }) => answer(bank.endHold(entry(call), (cents) => ({ balanceCents: cents }))),
      cancel: ({ call }) => answer(bank.endHold(entry(call), () => ({}))),
    },
  }
}

function entry({ gid, branchId, op }: Call): Entry {
  return { gid, branchId, op }
}

/**
 * Reads `{"account": "alice", "cents": 3000}`. What can't be understood is refused, and so undone elsewhere.
 */
function orderOf({ payload }: Work<DatabaseSync>): [account: string, cents: number] {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw new Refused('INVALID_ORDER', 'the payload must be an object with account and cents')
  }
  return [readAccountId(payload.account), readCents(payload.cents)]
}

export function readAccountId(id: unknown): string {
  if (typeof id === 'string' && ACCOUNT_PATTERN.test(id)) return id
  throw new Refused('INVALID_ORDER', 'an account is named by 1 to 64 of A-Z a-z 0-9 - _')
}

export function readCents(cents: unknown): number {
  if (Number.isInteger(cents) && Number(cents) >= 1 && Number(cents) <= ORDER_MAX_CENTS) return Number(cents)
  throw new Refused('INVALID_ORDER', `cents must be a whole number from 1 to ${ORDER_MAX_CENTS}`)
}

function answer({ id, balanceCents, heldCents }: Account): Json {
  return { account: id, balance_cents: balanceCents, available_cents: balanceCents - heldCents }
}
