import { expect, it } from 'vitest'
import { numberOf, readEnvironment } from './environment.ts'

const ORDERS = { database: 'orders', port: 3001 }

it('what is not said is as on a machine of one’s own', () => {
  expect(readEnvironment(ORDERS, {})).toEqual({
    databaseUrl: 'postgres://postgres:password@localhost/orders',
    brokers: 'localhost:9092',
    host: '0.0.0.0',
    port: 3001,
    orderServiceUrl: 'http://localhost:3001',
  })
})

it('what is said counts', () => {
  const said = {
    DATABASE_URL: 'postgres://db/o',
    KAFKA_BROKERS: 'a:1, b:2',
    PORT: '80',
    HOST: '::1',
    ORDER_SERVICE_URL: 'http://o',
  }
  expect(readEnvironment(ORDERS, said)).toEqual({
    databaseUrl: 'postgres://db/o',
    brokers: 'a:1, b:2',
    host: '::1',
    port: 80,
    orderServiceUrl: 'http://o',
  })
})

it.each(['-1', '65536', 'http', '1e9', 'NaN'])('PORT can not be %s', (PORT) => {
  expect(() => readEnvironment(ORDERS, { PORT })).toThrow('PORT must be a number from 0 to 65535')
})

it('a rate is a part of 1', () => {
  const rate = (text?: string) => numberOf({ RATE: text }, 'RATE', { value: 0.2, max: 1 })
  expect([rate(), rate(''), rate('0'), rate('1'), rate(' 0.5 ')]).toEqual([0.2, 0.2, 0, 1, 0.5])
  expect(() => rate('20%')).toThrow('RATE must be a number from 0 to 1, not "20%"')
})
