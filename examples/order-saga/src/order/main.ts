/** The order service as a process: DATABASE_URL, KAFKA_BROKERS, PORT. */
import { kafkaBroker } from 'assent/kafka'
import { readEnvironment } from '../service/environment.ts'
import { run } from '../service/run.ts'
import { startOrderService } from './service.ts'

const environment = readEnvironment({ database: 'orders', port: 3001 })

await run('order-service', (signal) => {
  const broker = kafkaBroker({ brokers: environment.brokers, clientId: 'order-service' })
  return startOrderService({ environment, broker, signal })
})
