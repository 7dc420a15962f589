import type { WireTransaction } from '@assent/contract/schemas'
import { expect, it } from 'vitest'
import { timeline } from './timeline.ts'

it('shows an undo behind the calls of phase one, also where all were made in one millisecond', () => {
  const attempt = (op: string, outcome: string) => ({ op, at: 5, duration_ms: 0, outcome, status: 200 })
  const branch = (branchId: string, ...attempts: object[]) => ({
    branch_id: branchId,
    driven_by: 'coordinator',
    status: 'COMPENSATED',
    attempts,
    attempt_count: attempts.length,
  })
  const shown = timeline({
    gid: 'g',
    mode: 'saga',
    labels: {},
    status: 'ABORTED',
    created_at: 5,
    updated_at: 5,
    branches: [
      branch('01', attempt('action', 'done'), attempt('compensate', 'done')),
      branch('02', attempt('action', 'refused')),
    ],
  } as unknown as WireTransaction)
  const calls = [...shown.matchAll(/^ {2}\+.* ms +(\d\d) +(\w+)/gm)].map(
    ([, branchId, op]) => `${branchId} ${op}`,
  )
  expect(calls).toEqual(['01 action', '02 action', '01 compensate'])
})
