/** Who listens where; the environment may say otherwise. */
export const {
  ASSENT_URL = 'http://127.0.0.1:36789',
  PAYMENTS_URL = 'http://127.0.0.1:36803',
  ORDERS_URL = 'http://127.0.0.1:36804',
} = process.env
