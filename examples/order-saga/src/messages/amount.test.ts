import { expect, it } from 'vitest'
import { Amount } from './amount.ts'

it.each([0.01, 0.1, 1, 99.99, 100.1, 149.9, 1234567.89, 99999999.99])(
  '%d is an amount, to the cent',
  (amount) => {
    const [whole = '', cents = ''] = JSON.stringify(amount).split('.')
    expect(Amount.parse(JSON.parse(`${whole}.${cents.padEnd(2, '0')}`))).toBe(amount)
    expect(String(amount)).toMatch(/^\d+(\.\d\d?)?$/)
  },
)

it.each([
  0,
  -0.01,
  -0,
  0.001,
  99.999,
  1e-7,
  100000000,
  1e21,
  Number.NaN,
  Infinity,
  '99.99',
  null,
  undefined,
  true,
])('%s is none', (amount) => {
  expect(Amount.safeParse(amount).success).toBe(false)
})
