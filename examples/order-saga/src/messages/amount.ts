import { z } from 'zod'

const DECIMAL = /^\d{1,8}(\.\d{1,2})?$/

/**
 * Money: a JSON number on the wire, numeric(10, 2) in every database, and nothing is computed with it in between. A number
 * of at most ten digits is written by JavaScript as it was read, so that 99.99 stays 99.99.
 */
export const Amount = z.number().refine((amount) => amount > 0 && DECIMAL.test(String(amount)), {
  error: 'must be above 0 and below 100000000, with at most 2 decimals',
})
