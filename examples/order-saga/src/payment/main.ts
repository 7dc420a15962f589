/** The payment service as a process: DATABASE_URL, KAFKA_BROKERS, PORT, PAYMENT_FAILURE_RATE. */
import { openBroker } from '../service/broker.ts'
import { numberOf, readEnvironment } from '../service/environment.ts'
import { run } from '../service/run.ts'
import { startPaymentService } from './service.ts'

/** Of all payments by credit card, how many fail. */
const FAILURE_RATE = 0.2

const environment = readEnvironment({ database: 'payments', port: 3002 })
const failureRate = numberOf(process.env, 'PAYMENT_FAILURE_RATE', { value: FAILURE_RATE, max: 1 })

await run('payment-service', (signal) =>
  startPaymentService({
    environment,
    broker: openBroker('payment-service', environment),
    failureRate,
    signal,
  }),
)
