import type { Standing } from '@assent/contract'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, it } from 'vitest'
import { http } from '../definitions/http.ts'
import { saga } from '../definitions/saga.ts'
import { unchecked } from '../definitions/schema.ts'
import { endedOf } from './ended.ts'

const Cents: StandardSchemaV1<unknown, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof value === 'string' ? { value: Number(value) } : { issues: [{ message: 'is no text' }] },
  },
}
const order = saga('order', { version: 1, input: unchecked<null>() })
  .step('a', { action: () => 1 })
  .step('b', http({ action: 'http://b/', result: Cents }))

const standing = (more: Partial<Standing>): Standing => ({
  gid: 'g',
  status: 'COMMITTED',
  repeated: false,
  ...more,
})

describe('the end of a transaction', () => {
  it('has the results as their schemas make them', async () => {
    expect(await endedOf(order, standing({ results: { a: 1, b: '7' } }))).toEqual({
      gid: 'g',
      status: 'COMMITTED',
      results: { a: 1, b: 7 },
    })
  })

  it('names the transaction whose result does not fit, for it is committed', async () => {
    await expect(endedOf(order, standing({ results: { a: 1, b: 7 } }))).rejects.toMatchObject({
      code: 'RESULT_INVALID',
      details: { gid: 'g', status: 'COMMITTED', step: 'b' },
    })
  })

  it('gives a code for why it was aborted, whoever did it', async () => {
    expect(
      await endedOf(order, standing({ status: 'ABORTED', reason: 'DEADLINE', failedBranch: 'a' })),
    ).toEqual({
      gid: 'g',
      status: 'ABORTED',
      reason: 'DEADLINE',
      failedBranch: 'a',
      refusal: { code: 'DEADLINE' },
    })
    const refused = { status: 'ABORTED', reason: 'BRANCH_REFUSED', refusal: { message: 'no' } } as const
    expect(await endedOf(order, standing(refused))).toMatchObject({
      refusal: { code: 'BRANCH_REFUSED', message: 'no' },
    })
  })

  it('is not there while it goes on, nor when only its status is left', async () => {
    await expect(endedOf(order, standing({ status: 'COMMITTING' }))).rejects.toMatchObject({
      code: 'NOT_ENDED',
      details: { gid: 'g', status: 'COMMITTING' },
    })
    await expect(endedOf(order, standing({ swept: true }))).rejects.toMatchObject({
      code: 'TRANSACTION_NOT_FOUND',
      details: { gid: 'g', status: 'COMMITTED' },
    })
  })
})
