import { DEFAULT_OPTIONS, type TransactionView } from '@assent/contract'
import { TransactionSchema } from '@assent/contract/schemas'
import { describe, expect, it } from 'vitest'
import { problemsOf } from '../problems.ts'
import { compile } from '../validation.ts'
import { transactionToWire } from './wire-answers.ts'

/** Every field that a transaction can have. */
const FULL: Required<TransactionView> = {
  gid: 'g',
  mode: 'saga',
  name: 'transfer',
  version: 3,
  labels: { customer: '17' },
  status: 'ABORTING',
  payload: { amount: 30 },
  query: 'http://q',
  options: { ...DEFAULT_OPTIONS, headers: { a: 'b' } },
  createdAt: 1_700_000_000_999,
  updatedAt: 1_700_000_001_000,
  reason: 'BRANCH_REFUSED',
  failedBranch: '02',
  refusal: { code: 'NO', message: 'no', details: { camelCase: 'is the participant’s own' } },
  attention: { branchId: '01', op: 'compensate', reason: 'slow', since: 1_700_000_001_000 },
  branches: [
    {
      branchId: '01',
      action: 'http://a',
      compensate: 'http://b',
      confirm: 'http://c',
      cancel: 'http://d',
      commit: 'http://e',
      rollback: 'http://f',
      drivenBy: 'coordinator',
      after: ['00'],
      pivot: false,
      payload: { undoPayload: 'a name of the user' },
      undoPayload: null,
      envelope: true,
      headers: { h: 'v' },
      method: 'PUT',
      timeoutMs: 1,
      retry: { intervalMs: 1, maxIntervalMs: 2, maxAttempts: 3 },
      status: 'SUCCEED',
      op: 'compensate',
      result: [1],
      resultOmitted: true,
      refusal: { message: 'x' },
      reason: 'r',
      attempts: [
        {
          op: 'action',
          at: 1_700_000_001_000,
          durationMs: 4.5,
          outcome: 'unknown',
          status: 503,
          error: 'broken',
          by: 'alice',
          ignored: true,
        },
      ],
      attemptCount: 21,
    },
  ],
}

const NAMES_OF_USERS = /camelCase|undoPayload": ?"a name/

describe('a transaction on its way out', () => {
  it('is what the published schema says, with every field that it has', () => {
    const wire = JSON.parse(JSON.stringify(transactionToWire(FULL)))
    const validate = compile({ ...TransactionSchema, $id: undefined, additionalProperties: false }, 'body')
    expect(validate(wire) ? [] : problemsOf(validate.errors ?? [])).toEqual([])
    expect(Object.keys(wire).sort()).toEqual(Object.keys(TransactionSchema.properties).sort())
    expect(JSON.stringify(wire).replace(NAMES_OF_USERS, '')).not.toMatch(
      /"(branchId|durationMs|attemptCount)"/,
    )
  })

  it('gives times in milliseconds, and in seconds under the names that say so', () => {
    const wire = transactionToWire(FULL)
    expect(wire).toMatchObject({
      created_at: 1_700_000_000_999,
      created_unix: 1_700_000_000,
      updated_at: 1_700_000_001_000,
      updated_unix: 1_700_000_001,
    })
  })

  it('leaves out what is not there, and leaves alone what belongs to others', () => {
    const { branches, ...bare } = FULL
    const wire = JSON.parse(
      JSON.stringify(transactionToWire({ ...bare, name: undefined as never, branches: [] })),
    )
    expect(wire).not.toHaveProperty('name')
    expect(wire.branches).toEqual([])
    const [branch] = transactionToWire(FULL).branches
    expect(branch?.payload).toEqual({ undoPayload: 'a name of the user' })
    expect(branches).toHaveLength(1)
  })
})
