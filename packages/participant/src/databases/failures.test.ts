import { describe, expect, it } from 'vitest'
import { isContention, isMissingTable } from './failures.ts'

const failure = (fields: object) => Object.assign(new Error('failed'), fields)

describe('contention', () => {
  it.each([
    ['a serialisation failure of PostgreSQL', failure({ code: '40001' })],
    ['a deadlock of PostgreSQL', failure({ code: '40P01' })],
    ['a lock that PostgreSQL did not give', failure({ code: '55P03' })],
    ['a deadlock of MySQL', failure({ code: 'ER_LOCK_DEADLOCK', errno: 1213 })],
    ['a lock wait of MySQL that took too long', failure({ errno: 1205 })],
    ['a row of MariaDB that was changed since it was read', failure({ errno: 1020 })],
    ['one that a library has wrapped', failure({ cause: failure({ code: '40001' }) })],
    ['one that is wrapped twice', failure({ cause: failure({ driverError: failure({ errno: 1213 }) }) })],
  ])('is %s', (_, thrown) => {
    expect(isContention(thrown)).toBe(true)
  })

  it.each([
    ['a connection that was lost', failure({ code: 'ECONNRESET', errno: -104 })],
    ['a row that was there', failure({ code: '23505' })],
    ['a transaction that had failed before', failure({ code: '25P02' })],
    ['an error of the business', new Error('deadlock')],
    ['nothing at all', undefined],
    ['a text', '40001'],
  ])('is not %s', (_, thrown) => {
    expect(isContention(thrown)).toBe(false)
  })

  it('is looked for in a circle of wrappings as well, and not for ever', () => {
    const circle = failure({})
    expect(isContention(Object.assign(circle, { cause: circle }))).toBe(false)
  })
})

it('a missing table is told by what either database calls it', () => {
  expect(isMissingTable(failure({ code: '42P01' }))).toBe(true)
  expect(isMissingTable(failure({ code: 'ER_NO_SUCH_TABLE', errno: 1146 }))).toBe(true)
  expect(isMissingTable(failure({ code: '42703' }))).toBe(false)
})
